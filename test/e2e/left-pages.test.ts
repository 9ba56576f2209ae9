/** A program that is attached to again and again does not fill up with pages of ours: what an earlier session left serves again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardianIsDone, withBusyTarget, type BusyTarget } from '../support/attach-target.js';
import { sleep } from '../support/processes.js';
import { startTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const ROUNDS = 6;
const LONGEST_MS = 300_000;
const ROUND_MS = 60_000;

interface Anonymous {
  readonly mappings: number;
  readonly bytes: number;
}

/** Executable memory of no file. */
function anonymousCode(pid: number): Anonymous {
  const found = readFileSync(`/proc/${pid}/maps`, 'latin1')
    .split('\n')
    .map((line) => /^([0-9a-f]+)-([0-9a-f]+) ..x. \S+ \S+ 0\s*$/.exec(line))
    .filter((match) => match !== null);
  const bytes = found.map(([, start = '', end = '']) => parseInt(end, 16) - parseInt(start, 16));
  return { mappings: found.length, bytes: bytes.reduce((a, b) => a + b, 0) };
}

type Round = (target: BusyTarget, file: string) => Promise<void>;

const words = ({ pid }: BusyTarget, file: string): readonly string[] => [
  '-o',
  file,
  '-e',
  'toupper',
  '-x',
  'str*@libc.so*',
  '-p',
  String(pid),
];

const leaves: Round = async (target, file) => {
  const tracer = startTsltrace(['--detach-after', '50', ...words(target, file)], {
    timeoutMs: ROUND_MS,
  });
  expect(await tracer.finished()).toMatchObject({ status: 0, stderr: '', timedOut: false });
  expect(readFileSync(file, 'latin1').split('toupper(').length).toBeGreaterThan(20);
};

const isKilled: Round = async (target, file) => {
  const tracer = startTsltrace(words(target, file), { timeoutMs: ROUND_MS });
  const hasCalls = (): boolean => {
    try {
      return readFileSync(file, 'latin1').includes('toupper(');
    } catch {
      return false;
    }
  };
  for (let waited = 0; !hasCalls(); waited += 20) {
    if (waited > ROUND_MS) throw new Error('no call was traced');
    await sleep(20);
  }
  tracer.kill('SIGKILL');
  expect(await tracer.finished()).toMatchObject({ signal: 'SIGKILL' });
  await guardianIsDone(tracer.pid);
};

/** After each round. */
const seriesOf = async (rounds: readonly Round[]): Promise<readonly Anonymous[]> => {
  const found: Anonymous[] = [];
  await withTemporaryFolder((folder) =>
    withBusyTarget(LONGEST_MS, async (target) => {
      for (const [index, round] of rounds.entries()) {
        await round(target, join(folder, `trace${index}`));
        await target.isItself();
        found.push(anonymousCode(target.pid));
      }
    }),
  );
  return found;
};

describe('pages of ours in a program that is attached to', () => {
  itCompiles(
    'do not become more when it is left',
    async () => {
      const [first, ...later] = await seriesOf(Array<Round>(ROUNDS).fill(leaves));
      expect(first?.mappings).toBeGreaterThan(0);
      for (const found of later) expect(found).toEqual(first);
    },
    LONGEST_MS,
  );

  itCompiles(
    'nor when the tracer is killed, and the program is left unharmed after that',
    async () => {
      const [first, ...later] = await seriesOf([isKilled, isKilled, leaves, isKilled, leaves]);
      expect(first?.mappings).toBeGreaterThan(0);
      for (const found of later) expect(found).toEqual(first);
    },
    LONGEST_MS,
  );
});
