/** What a process with many threads and libraries notices of being attached to and let go. */
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { sleep } from '../support/processes.js';
import { runProgram, startProgram, tsltraceCommand } from '../support/run-tsltrace.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { elapsedNs, libraryCopies } from './measure.js';
import type { Row } from './row.js';

const THREADS = 200;
const LIBRARIES = 60;
/** Between attaching and leaving. */
const STAY_MS = 500;

interface Attached {
  readonly longestPauseMs: number;
  /** The tracer's time from its first look at the process to its end, without its stay. */
  readonly tracerMs: number;
}

type Doing = 'nothing' | 'attach' | 'floor';

function attachAndLeave(what: Doing): Promise<Attached | undefined> {
  return withTemporaryFolder(async (folder) => {
    const libraries = libraryCopies(LIBRARIES, folder, copyFileSync);
    const target = startProgram([buildProgram('attach-target'), String(THREADS), ...libraries]);
    await target.sees(/ready/);
    await sleep(200);
    const tracerMs = await ACTIONS[what](target.pid, folder);
    target.endInput();
    const text = /^longest_gap_ns (\d+)$/m.exec((await target.finished()).stdout)?.[1];
    if (text === undefined || tracerMs === undefined) return undefined;
    return { longestPauseMs: Number(text) / 1e6, tracerMs };
  });
}

/** What is done to the process: the time that took, ms, without a stay. */
const ACTIONS: Readonly<
  Record<Doing, (pid: number, folder: string) => Promise<number | undefined>>
> = {
  nothing: async () => {
    await sleep(STAY_MS);
    return 0;
  },
  attach: async (pid, folder) => {
    const file = join(folder, 'trace.ndjson');
    const stay = ['--detach-after', `${STAY_MS}ms`, '-p', String(pid)];
    await runProgram([...tsltraceCommand(), '-o', file, '-e', 'greet*', ...stay]);
    return lastEventMs(readFileSync(file, 'utf8')) - STAY_MS;
  },
  floor: async (pid) => {
    const elapsed = elapsedNs(await runProgram([buildProgram('attach-floor'), String(pid)]));
    return elapsed === undefined ? undefined : elapsed / 1e6;
  },
};

/** The closing record comes when all threads were let go; times count from the first look. */
function lastEventMs(recording: string): number {
  const last = recording.trimEnd().split('\n').at(-1) ?? '{}';
  return Number((JSON.parse(last) as { at?: number | string }).at) / 1e6;
}

export function attachRows(): readonly Row[] {
  const untraced = 'longest pause of a thread, untraced';
  const floor = 'floor: the same requests in C';
  return [
    {
      name: untraced,
      unit: 'ms',
      measure: async () => (await attachAndLeave('nothing'))?.longestPauseMs,
    },
    {
      name: '(i) longest pause, attach and detach',
      unit: 'ms',
      measure: async () => (await attachAndLeave('attach'))?.longestPauseMs,
      against: untraced,
      atMost: { extraMs: 20 },
    },
    { name: floor, unit: 'ms', measure: async () => (await attachAndLeave('floor'))?.tracerMs },
    {
      name: '(i) attach and detach',
      unit: 'ms',
      measure: async () => (await attachAndLeave('attach'))?.tracerMs,
      against: floor,
      atMost: { value: 50 },
    },
  ];
}
