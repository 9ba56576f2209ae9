/**
 * Runs the built command, or any program, in a process group of its own, bounded in time, and leaves
 * nothing behind. Real ptrace happens only there, never in the process that runs the tests.
 */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { inProject } from './project.js';

export interface RunOptions {
  readonly input?: string | Uint8Array;
  /** Default 30 000. When it passes the whole group is killed and `timedOut` is set. */
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Descriptors from 3 on that the program gets, as numbers of ours. */
  readonly descriptors?: readonly number[];
  /** In place of a pipe, a descriptor of ours or 'ignore'. */
  readonly stdout?: number | 'ignore';
  readonly stderr?: number | 'ignore';
}

export interface Run {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly milliseconds: number;
}

/** A program that is running and can be talked to. */
export interface Running {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Everything so far. */
  output(): { readonly stdout: string; readonly stderr: string };
  /** Resolves when stdout or stderr matches; rejects when the program ends or time passes first. */
  sees(pattern: RegExp, timeoutMs?: number): Promise<void>;
  send(text: string): void;
  /** Ends standard input. */
  endInput(): void;
  kill(signal: NodeJS.Signals): void;
  finished(): Promise<Run>;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** The words that start tsltrace: what package.json installs as the command, or TSLTRACE_COMMAND. */
export function tsltraceCommand(): readonly string[] {
  const other = process.env['TSLTRACE_COMMAND'];
  if (other !== undefined && other !== '') return other.split(' ');
  const manifest = JSON.parse(readFileSync(inProject('package.json'), 'utf8')) as {
    bin: { tsltrace: string };
  };
  return [process.execPath, inProject(manifest.bin.tsltrace)];
}

export function runTsltrace(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return runProgram([...tsltraceCommand(), ...args], options);
}

export function runProgram(command: readonly string[], options: RunOptions = {}): Promise<Run> {
  const running = startProgram(command, options);
  if (options.input !== undefined) running.child.stdin?.write(options.input);
  running.endInput();
  return running.finished();
}

export function startTsltrace(args: readonly string[], options: RunOptions = {}): Running {
  return startProgram([...tsltraceCommand(), ...args], options);
}

export function startProgram(command: readonly string[], options: RunOptions = {}): Running {
  const [program = '', ...args] = command;
  const started = Date.now();
  const child = spawn(program, args, spawnOptions(options));
  const collected = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  const collect = (stream: 'stdout' | 'stderr'): void => {
    child[stream]?.setEncoding('latin1').on('data', (text: string) => {
      collected[stream] += text;
      for (const listener of listeners) listener();
    });
  };
  collect('stdout');
  collect('stderr');
  // A program that ends without reading its input is no failure of ours.
  child.stdin?.on('error', () => undefined);

  const timer = { expired: false };
  const timeout = setTimeout(() => {
    timer.expired = true;
    killGroup(child);
  }, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const ended = new Promise<Run>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (status, signal) => {
      const milliseconds = Date.now() - started;
      const finish = (): void => {
        clearTimeout(timeout);
        clearTimeout(impatience);
        killGroup(child);
        const text = { stdout: fromBytes(collected.stdout), stderr: fromBytes(collected.stderr) };
        resolve({ ...text, status, signal, timedOut: timer.expired, milliseconds });
      };
      // Somebody who lives on may hold the pipes open: then take what came within two seconds.
      const impatience = setTimeout(finish, 2000);
      child.on('close', finish);
    });
  });
  ended.catch(() => undefined);

  return {
    pid: child.pid ?? -1,
    child,
    output: () => ({ ...collected }),
    send: (text) => void child.stdin?.write(text),
    endInput: () => void child.stdin?.end(),
    kill: (signal) => void child.kill(signal),
    finished: () => ended,
    sees: (pattern, timeoutMs = 10_000) =>
      new Promise((resolve, reject) => {
        const done = (settle: () => void): void => {
          listeners.delete(look);
          clearTimeout(patience);
          settle();
        };
        const look = (): void => {
          if (pattern.test(collected.stdout) || pattern.test(collected.stderr)) done(resolve);
        };
        const give = (why: string): void =>
          done(() =>
            reject(
              new Error(
                `${command.join(' ')}: ${why} before ${String(pattern)} was seen\n` +
                  `stdout: ${collected.stdout.slice(-2000)}\nstderr: ${collected.stderr.slice(-2000)}`,
              ),
            ),
          );
        const patience = setTimeout(() => give('time passed'), timeoutMs);
        listeners.add(look);
        void ended.then(
          () => {
            look();
            give('it ended');
          },
          () => give('it did not start'),
        );
        look();
      }),
  };
}

function spawnOptions(options: RunOptions): SpawnOptions {
  return {
    detached: true, // a process group of its own, so that all of it can be killed
    stdio: [
      'pipe',
      options.stdout ?? 'pipe',
      options.stderr ?? 'pipe',
      ...(options.descriptors ?? []),
    ],
    env: { ...process.env, LC_ALL: 'C.UTF-8', COLUMNS: '80', ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

function fromBytes(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
