/** Guardians whose tracers were killed, and which may still be at work. */
import { readFileSync, readdirSync } from 'node:fs';

import { pause } from '../../../base/pause.js';
import { readStatus } from '../proc/procfs.js';

/** argv[0] of a guardian; argv[1] is the process id of its tracer. */
export const GUARDIAN_NAME = 'ptrace-guardian';

/** A guardian needs microseconds once it runs; on an overloaded machine that may take a while to come. */
const LONGEST_WAIT_MS = 10_000;

/** Returns when every guardian whose tracer has ended has put its bytes back and ended too. */
export function awaitOldGuardians(): void {
  for (let waited = 0; waited < LONGEST_WAIT_MS && oldGuardians().length > 0; waited++) {
    pause(1);
  }
}

function oldGuardians(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((id) => {
      const tracer = id > 0 ? tracerOfGuardian(id) : undefined;
      return tracer !== undefined && !isAlive(tracer);
    });
}

function tracerOfGuardian(id: number): number | undefined {
  try {
    const [name, tracer] = readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0');
    return name === GUARDIAN_NAME ? Number(tracer) : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(id: number): boolean {
  const state = readStatus(id)?.state ?? 'X';
  return state !== 'Z' && state !== 'X';
}
