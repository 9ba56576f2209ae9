/** How long a person waits for the first line, and for the end of a short program. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram, tsltraceCommand } from '../support/run-tsltrace.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { debianPython, toolPath } from '../support/toolchain.js';
import { totalMs } from './measure.js';
import type { Row } from './row.js';

const tsltrace = tsltraceCommand();
const quiet = ['-o', '/dev/null'] as const;
const FILTER = ['-e', 'SSL_CTX*@*'] as const;
const NODE = [process.execPath, '-e', '0'] as const;

export function startRows(): readonly Row[] {
  const python = debianPython();
  const job = [python ?? '', '-c', 'import ssl; ssl.create_default_context()'];
  const ltrace = toolPath('ltrace');
  return [
    total('node -e 0', NODE),
    total('tsltrace /bin/true', [...tsltrace, ...quiet, '/bin/true'], {
      against: 'node -e 0',
      atMost: { extraMs: 60 },
    }),
    ...(ltrace === undefined ? [] : [total('ltrace /bin/true', [ltrace, ...quiet, '/bin/true'])]),
    ...(python === undefined ? [] : jobRows(job, ltrace)),
  ];
}

function jobRows(job: readonly string[], ltrace: string | undefined): readonly Row[] {
  const alone = 'node -e 0 and the main job untraced, added';
  const rows = [
    total('the main job untraced', job),
    { name: alone, unit: 'ms', measure: () => oneAfterTheOther(NODE, job) } as const,
    total(
      "(f) the main job: tsltrace -e 'SSL_CTX*@*'",
      [...tsltrace, ...quiet, ...FILTER, ...job],
      {
        against: alone,
        atMost: { extraMs: 60 },
      },
    ),
    { name: '(f) its first traced call', unit: 'ms', measure: () => firstCallMs(job) } as const,
  ];
  if (ltrace === undefined) return rows;
  const traced = [ltrace, ...quiet, ...FILTER, ...job];
  return [...rows, total("the main job: ltrace -e 'SSL_CTX*@*'", traced, { against: alone })];
}

function total(name: string, command: readonly string[], more: Partial<Row> = {}): Row {
  return { name, unit: 'ms', measure: () => totalMs(command), ...more };
}

/** One after the other, as if they were one command. */
async function oneAfterTheOther(
  first: readonly string[],
  second: readonly string[],
): Promise<number | undefined> {
  const [a, b] = [await totalMs(first), await totalMs(second)];
  return a === undefined || b === undefined ? undefined : a + b;
}

/** From the start of tsltrace to the moment in which the first call was made. */
function firstCallMs(job: readonly string[]): Promise<number | undefined> {
  return withTemporaryFolder(async (folder) => {
    const file = join(folder, 'trace.ndjson');
    const started = Date.now();
    await runProgram([...tsltrace, '-o', file, ...FILTER, ...job]);
    const events = readFileSync(file, 'utf8').trimEnd().split('\n').map(parseEvent);
    const wallStart = events.find(({ kind }) => kind === 'session-started')?.wallStart;
    const first = events.find(({ kind }) => kind === 'call');
    if (wallStart === undefined || first === undefined) return undefined;
    return (Number(wallStart) + Number(first.at)) / 1e6 - started;
  });
}

interface RecordedEvent {
  readonly kind: string;
  readonly at: number | string;
  readonly wallStart?: string;
}

const parseEvent = (line: string) => JSON.parse(line) as RecordedEvent;
