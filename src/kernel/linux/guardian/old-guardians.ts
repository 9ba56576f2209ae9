/** Guardians whose tracers were killed, and which may still be at work. */
import { readFileSync } from 'node:fs';

import { toProcessId, type ProcessId } from '../../../base/ids.js';
import { pause } from '../../../base/pause.js';
import { Stopwatch } from '../ourselves/stopwatch.js';
import { readLinkOr } from '../proc/proc-files.js';
import { readProcessIds, readStatus } from '../proc/procfs.js';

/** argv[0] of a guardian, and the name of the memory file that it is; argv[1] is the process id of its tracer. */
export const GUARDIAN_NAME = 'ptrace-guardian';

/** As /proc/PID/exe says it, proc_pid_exe(5) and memfd_create(2). */
const GUARDIAN_FILE = `/memfd:${GUARDIAN_NAME} (deleted)`;
/** A guardian needs microseconds once it runs; on an overloaded machine that may take a while to come. */
const LONGEST_WAIT_MS = 5000;

const ROOT = 0;

/**
 * Returns when every guardian that may have had to do with the process, and whose tracer has ended, has put its bytes back
 * and ended too, or when that has taken too long.
 *
 * @returns those that are still there
 */
export function awaitOldGuardians(
  target: ProcessId,
  longestMs = LONGEST_WAIT_MS,
): readonly ProcessId[] {
  const waited = new Stopwatch();
  // Who traces a process is its own user or root.
  const users = new Set([ROOT, process.geteuid?.() ?? ROOT, readStatus(target)?.uid ?? ROOT]);
  const isAtWork = (id: number): boolean => isOldGuardian(id, users);
  let left = readProcessIds().filter(isAtWork);
  while (left.length > 0 && waited.elapsedNs() < longestMs * 1e6) {
    pause(1);
    left = left.filter(isAtWork);
  }
  return left.map(toProcessId);
}

/** Anybody may call a process so: only its user and its file tell. */
function isOldGuardian(id: number, users: ReadonlySet<number>): boolean {
  const tracer = tracerNamedBy(id);
  if (tracer === undefined || isAlive(tracer)) return false;
  const status = readStatus(id);
  if (status === undefined || !users.has(status.uid)) return false;
  const file = readLinkOr(`/proc/${id}/exe`);
  // Of root's processes others do not see the file, and root has no reason to deceive them.
  return file === GUARDIAN_FILE || (file === '' && status.uid === ROOT);
}

function tracerNamedBy(id: number): number | undefined {
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
