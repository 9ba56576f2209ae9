/** A program that others attach to again and again, and what is looked at each time they have gone. */
import { readFileSync, readdirSync } from 'node:fs';
import { buildProgram } from './build-programs.js';
import { changedCode } from './changed-code.js';
import { isAlive, processState, sleep, threadsOf, tracerOf } from './processes.js';
import { startProgram, type Running } from './run-tsltrace.js';

/** A busy target, and how to know that it is itself again. */
export interface BusyTarget extends Running {
  /** Resolves when nobody traces it, all its threads run and its code is the files'; fails after a while. */
  isItself(): Promise<void>;
}

const PATIENCE_MS = 60_000;

/** Starts a busy program of four threads; at the end it must say that all its sums were right. */
export async function withBusyTarget(
  longestMs: number,
  use: (target: BusyTarget) => Promise<void>,
): Promise<void> {
  const seconds = String(Math.ceil(longestMs / 1000));
  const target = startProgram([buildProgram('busy-threads'), '4', seconds], {
    timeoutMs: longestMs + 10_000,
  });
  // A test that waits for something else would not say how the target ended.
  const ended = target.finished().then((run) => {
    throw new Error(`the target ended: ${JSON.stringify(run)}`);
  });
  ended.catch(() => undefined);
  try {
    await target.sees(/ready/);
    await Promise.race([use({ ...target, isItself: () => isItself(target.pid) }), ended]);
    await Promise.race([isItself(target.pid), ended]);
  } finally {
    target.endInput();
  }
  const run = await target.finished();
  expect(run).toMatchObject({ status: 0, signal: null, timedOut: false });
  expect(run.stdout).toMatch(/wrong threads 0 changed code bytes 0\n$/);
}

/** After its tracer was killed: returns when the guardian has done its work, or at once when there is none. */
export async function guardianIsDone(tracer: number): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS && guardiansOf(tracer).length > 0; waited += 5) {
    await sleep(5);
  }
  expect(guardiansOf(tracer)).toEqual([]);
}

function guardiansOf(tracer: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((id) => id > 0 && commandOf(id).startsWith(`ptrace-guardian\0${tracer}\0`));
}

function commandOf(id: number): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

async function isItself(pid: number): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS && tracerOf(pid) !== 0; waited += 5) await sleep(5);
  expect(isAlive(pid)).toBe(true);
  for (const tid of threadsOf(pid)) {
    expect(tracerOf(tid)).toBe(0);
    expect(['R', 'S']).toContain(processState(tid));
  }
  expect(changedCode(pid)).toEqual([]);
}
