/** What libraries cost that a program loads one by one while it is traced. */
import { copyFileSync } from 'node:fs';
import { buildProgram } from '../support/build-programs.js';
import { tsltraceCommand } from '../support/run-tsltrace.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { libraryCopies, totalMs } from './measure.js';
import type { Row } from './row.js';

const COUNTS = [1_000, 3_000, 10_000] as const;

export function pluginRows(): readonly Row[] {
  return COUNTS.flatMap((count) => {
    const untraced = `${count} libraries, untraced`;
    return [
      { name: untraced, unit: 'ms', measure: () => load(count, []) },
      {
        name: `${count} libraries, -e toupper`,
        unit: 'ms',
        measure: () => load(count, [...tsltraceCommand(), '-o', '/dev/null', '-e', 'toupper']),
        against: untraced,
      },
    ] as const;
  });
}

function load(count: number, prefix: readonly string[]): Promise<number | undefined> {
  return withTemporaryFolder((folder) => {
    libraryCopies(count, folder, copyFileSync);
    return totalMs([...prefix, buildProgram('opens-plugins'), folder, String(count)]);
  });
}
