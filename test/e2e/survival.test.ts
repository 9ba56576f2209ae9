/** A program that was attached to goes on unharmed when its tracer is killed. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { buildProgram } from '../support/build-programs.js';
import { sleep } from '../support/processes.js';
import { inProject } from '../support/project.js';
import { skipUnless } from '../support/skip-unless.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const DRIVER = inProject('dist/test/support/survival-driver.js');
const ROUNDS = 6;

/** What the program said and how it ended, after its tracer got the signal in the middle of things. */
async function endOf(mode: string, signal: NodeJS.Signals, delayMs: number): Promise<unknown> {
  const program = spawn(buildProgram('survives-its-tracer'), ['1000000000000', mode]);
  const ended = endOfChild(program);
  const lines: string[] = [];
  createInterface(program.stdout).on('line', (line) => lines.push(line));
  while (lines.length === 0) await sleep(1);
  const words = [DRIVER, String(program.pid), lines[0] ?? ''];
  const tracer = spawn(process.execPath, words);
  const tracerEnded = endOfChild(tracer);
  const said = await new Promise<string>((resolve) => {
    tracer.stderr.once('data', (data: Buffer) => resolve(data.toString()));
    tracer.stderr.once('end', () => resolve('nothing'));
  });
  await sleep(delayMs);
  tracer.kill(signal);
  await tracerEnded;
  await sleep(30);
  program.stdin.end();
  const [code, killedBy] = await ended;
  return { said, code, killedBy, last: lines.at(-1) };
}

function endOfChild(
  child: ChildProcessWithoutNullStreams,
): Promise<[number | null, string | null]> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve([code, signal]));
  });
}

describe.each([
  ['SIGKILL of the tracer', 'SIGKILL'],
  ['a clean detach', 'SIGTERM'],
] as const)('after %s', (_name, signal) => {
  for (const [mode, what] of [
    ['plain', 'a busy program of four threads'],
    ['own', 'a program with a SIGTRAP handler of its own'],
    ['block', 'a program whose threads block all signals'],
  ] as const) {
    itCompiles(
      `${what} finishes, with its own code`,
      async () => {
        for (let round = 0; round < ROUNDS; round++) {
          const end = await endOf(mode, signal, (round * 7) % 20);
          expect(end).toEqual({
            said: 'tracing\n',
            code: 0,
            killedBy: null,
            last: expect.stringMatching(/^ok 1 first byte (53|cc)$/) as unknown,
          });
        }
      },
      100_000,
    );
  }
});
