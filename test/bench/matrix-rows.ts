/** One program built by all compilers, linkers and their options: how many of its functions are counted right. */
import { buildMatrix } from '../support/matrix-cells.js';
import { scoreOf, type MatrixScore } from '../support/matrix-counts.js';
import { inProject } from '../support/project.js';
import { tsltraceCommand } from '../support/run-tsltrace.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { toolPath } from '../support/toolchain.js';
import { once } from './measure.js';
import type { Row } from './row.js';

const UFTRACE = inProject('test/bench/programs/uftrace-as-ltrace.sh');

export function matrixRows(): readonly Row[] {
  const all = 'functions called, all builds together';
  const score = (tracer: readonly string[]): (() => Promise<MatrixScore>) =>
    once(() =>
      withTemporaryFolder(async (folder) => {
        const { cells } = await buildMatrix(folder);
        return scoreOf(tracer, cells, folder);
      }),
    );
  const ours = score(tsltraceCommand());
  const ltrace = toolPath('ltrace');
  const uftrace = toolPath('uftrace');
  const row = (name: string, measured: () => Promise<MatrixScore>): Row => ({
    name: `counted right by ${name}`,
    unit: 'functions',
    against: all,
    measure: async () => (await measured()).exact,
  });
  return [
    { name: all, unit: 'functions', measure: async () => (await ours()).functions },
    row('tsltrace', ours),
    ...(ltrace === undefined ? [] : [row('ltrace', score([ltrace]))]),
    ...(uftrace === undefined ? [] : [row('uftrace', score([UFTRACE]))]),
  ];
}
