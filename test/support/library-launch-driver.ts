/**
 * A host of the library that starts one program twice, by child_process and by `trace`, with the same options, and
 * prints what either gave it as JSON. Usage: library-launch-driver.js SCENARIO FOLDER
 */
import { spawn, type SpawnOptions } from 'node:child_process';
import { openSync, closeSync, readFileSync, readdirSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Readable, Writable } from 'node:stream';
import { OptionError, trace, type LaunchOptions, type StdioStreams } from '../../src/index.js';

/** What both have. */
type Options = LaunchOptions & SpawnOptions;

interface Seen {
  readonly stdout: string;
  readonly stderr: string;
  readonly others: readonly string[];
  readonly end: unknown;
}

interface Scenario {
  readonly command: readonly string[];
  readonly options: (folder: string) => Options;
  readonly input?: string;
}

const SHOWS_ITSELF = 'pwd; echo "$WORD $NUMBER ${GONE-unset}"; cat; echo wrong >&2; exit 3';

const scenarios: Readonly<Record<string, Scenario>> = {
  everything: {
    command: ['sh', '-c', SHOWS_ITSELF],
    options: (folder) => ({
      cwd: folder,
      env: { PATH: process.env['PATH'], WORD: 'a b', NUMBER: '3', GONE: undefined },
      stdio: 'pipe',
    }),
    input: 'first\nsecond\n',
  },
  urlAndRelativeProgram: {
    command: ['./script'],
    options: (folder) => ({ cwd: pathToFileURL(folder), stdio: ['ignore', 'pipe', 'pipe'] }),
  },
  programInRelativePath: {
    command: ['script'],
    options: (folder) => ({
      cwd: folder,
      env: { PATH: `.:${process.env['PATH'] ?? ''}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  },
  crossedOver: {
    command: ['sh', '-c', 'echo out; echo err >&2'],
    options: () => ({ stdio: ['ignore', 2, 1] }),
  },
  onlyOne: {
    command: ['sh', '-c', 'readlink /proc/self/fd/0; readlink /proc/self/fd/2'],
    options: () => ({ stdio: ['ignore', 'pipe', 'ignore'] }),
  },
  more: {
    command: [
      'sh',
      '-c',
      'read word <&3; echo "got $word" >&3; echo "more $word" >&5; ls /proc/self/fd | wc -l',
    ],
    options: () => ({ stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'ignore', 'pipe'] }),
    input: 'hello\n',
  },
};

function run(
  by: 'spawn' | 'trace',
  { command, options, input }: Scenario,
  folder: string,
): Promise<Seen> {
  const [program = '', ...args] = command;
  if (by === 'spawn') {
    const child = spawn(program, args, options(folder));
    const ended = new Promise((resolve) => child.on('exit', (code) => resolve(code)));
    return collect(child, ended, input);
  }
  const traced = trace(program, args, { ...options(folder), calls: [] });
  const ended = (async () => {
    await drained(traced);
    const end = await traced.finished;
    return end.kind === 'exited' ? end.code : end;
  })();
  return collect(traced, ended, input);
}

async function collect(
  streams: { readonly stdin: Writable | null; readonly stdio: readonly unknown[] } & Pick<
    StdioStreams,
    'stdout' | 'stderr'
  >,
  ended: Promise<unknown>,
  input = '',
): Promise<Seen> {
  const third = streams.stdio[3] as (Readable & Writable) | null | undefined;
  (streams.stdin ?? third)?.write(input);
  streams.stdin?.end();
  const [stdout, stderr, ...others] = await Promise.all(
    [streams.stdout, streams.stderr, ...(streams.stdio.slice(3) as (Readable | null)[])].map(
      textOf,
    ),
  );
  return { stdout: stdout ?? '', stderr: stderr ?? '', others, end: await ended };
}

async function drained(events: AsyncIterable<unknown>): Promise<void> {
  const iterator = events[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}

function closed(stream: Readable | null): Promise<unknown> {
  if (stream === null) return Promise.resolve();
  return new Promise((resolve) => stream.once('close', resolve));
}

async function textOf(stream: Readable | null): Promise<string> {
  if (stream === null) return 'none';
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/** One after the other: both may write to the same place. */
async function compare(name: string, folder: string): Promise<unknown> {
  const scenario = scenarios[name];
  if (scenario === undefined) throw new Error(name);
  const spawned = await run('spawn', scenario, folder);
  return { spawned, traced: await run('trace', scenario, folder) };
}

/** A file that is open here, given by number and by an object that has one. */
async function intoFile(folder: string): Promise<unknown> {
  const file = openSync(`${folder}/written`, 'w');
  for (const stdio of [
    ['ignore', file, 'ignore'],
    ['ignore', { fd: file }, 'ignore'],
  ] as const) {
    const traced = trace('echo', ['a line'], { stdio, calls: [] });
    await drained(traced);
  }
  closeSync(file);
  return readFileSync(`${folder}/written`, 'utf8');
}

/** Descriptors that are open before and after traces of every kind of end. */
async function leavesNothing(folder: string): Promise<unknown> {
  const open = (): number => readdirSync('/proc/self/fd').length;
  const once = async (program: string, options: LaunchOptions): Promise<void> => {
    const traced = trace(program, [], { stdio: 'pipe', ...options });
    traced.stdout?.resume();
    traced.stderr?.resume();
    const ended = Promise.all([closed(traced.stdout), closed(traced.stderr)]);
    try {
      await drained(traced);
    } catch {
      // That is one of the ends.
    }
    await ended;
  };
  await once('true', {});
  const before = open();
  for (let i = 0; i < 5; i++) {
    await once('true', {});
    await once('no-such-program', {});
    await once('true', { cwd: `${folder}/none` });
    await once('true', { calls: 'ma[lloc' });
    await once('true', { signal: AbortSignal.abort(new Error('enough')) });
    await once('true', { stdio: ['pipe', 'pipe', 4242] });
  }
  return { before, after: open() };
}

/** Mistakes, each with what is said of it. */
async function mistakes(folder: string): Promise<unknown> {
  const wrong: Readonly<
    Record<string, readonly [program: unknown, args: unknown, options: unknown]>
  > = {
    program: [3, [], {}],
    args: ['true', 'word', {}],
    argument: ['true', ['a', 3], {}],
    nul: ['true', ['a\0b'], {}],
    unknown: ['true', [], { stringLenght: 3 }],
    nothingAlike: ['true', [], { xyzzy: 3 }],
    options: ['true', [], 'calls'],
    calls: ['true', [], { calls: 3 }],
    expression: ['true', [], { libraries: ['a', 'li[b'] }],
    flag: ['true', [], { cpuTime: 'yes' }],
    count: ['true', [], { backtrace: 1.5 }],
    follow: ['true', [], { follow: [3] }],
    signal: ['true', [], { signal: 'SIGTERM' }],
    cwd: ['true', [], { cwd: `${folder}/none` }],
    noFolder: ['true', [], { cwd: process.execPath }],
    url: ['true', [], { cwd: new URL('http://localhost/') }],
    env: ['true', [], { env: { A: {} } }],
    variable: ['true', [], { env: { 'A=B': '1' } }],
    both: ['true', [], { env: {}, environment: {} }],
    stdio: ['true', [], { stdio: 'pipes' }],
    entry: ['true', [], { stdio: ['ignore', 'ipc'] }],
    descriptor: ['true', [], { stdio: ['ignore', 'ignore', 4242] }],
  };
  const said: Record<string, unknown> = {};
  for (const [name, words] of Object.entries(wrong)) {
    const start = trace as (...all: readonly unknown[]) => ReturnType<typeof trace>;
    const traced = start(...words);
    const error: unknown = await traced.next().catch((reason: unknown) => reason);
    await traced.finished.catch(() => undefined);
    said[name] =
      error instanceof OptionError
        ? [error.option, error.message, error.hint ?? '']
        : String(error);
  }
  return said;
}

const others: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
  intoFile,
  leavesNothing,
  mistakes,
};

const [name = '', folder = ''] = process.argv.slice(2);
void (others[name]?.(folder) ?? compare(name, folder)).then(
  (result) => writeSync(2, `\nresult ${JSON.stringify(result)}\n`),
  (error: unknown) => {
    writeSync(2, String(error));
    process.exitCode = 1;
  },
);
