/**
 * Descriptors of our own process: a limit on them (ulimit -n, or the system's) must never be taken for something else,
 * least of all for the end of a tracee.
 */
import { closeSync, openSync } from 'node:fs';

import { lackOfDescriptors, tooFewDescriptors } from '../../../base/errors.js';
import { pause } from '../../../base/pause.js';

/** Closes one descriptor that is kept only because opening it again takes time; false when there is none. */
export type CloseOne = () => boolean;

/** For others to close what they have open, when the system has no more. */
const LONGEST_WAIT_MS = 2000;
const PAUSE_MS = 20;

const keepers = new Set<CloseOne>();
/** So that we can always read one file of /proc, and let our tracees go. */
let reserve: number | undefined;

/** @returns takes it back */
export function keepsDescriptors(closeOne: CloseOne): () => void {
  keepers.add(closeOne);
  reserve ??= openReserve();
  return () => {
    keepers.delete(closeOne);
    if (keepers.size > 0 || reserve === undefined) return;
    closeSync(reserve);
    reserve = undefined;
  };
}

/**
 * Does something that opens a file; again, when there was no descriptor left and one could be closed.
 *
 * @throws UserError when there is none left
 */
export function withDescriptor<T>(open: () => T): T {
  for (let waited = 0; ;) {
    try {
      return open();
    } catch (error) {
      const code = lackOfDescriptors(error);
      if (code === undefined) throw error;
      if (closeOne()) continue;
      if (code === 'EMFILE' || waited >= LONGEST_WAIT_MS) throw tooFewDescriptors(code);
    }
    pause(PAUSE_MS);
    waited += PAUSE_MS;
  }
}

function closeOne(): boolean {
  for (const keeper of keepers) if (keeper()) return true;
  if (reserve === undefined) return false;
  closeSync(reserve);
  reserve = undefined;
  return true;
}

function openReserve(): number | undefined {
  try {
    return openSync('/dev/null', 'r');
  } catch {
    return undefined;
  }
}
