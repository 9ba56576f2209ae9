/** Waits for one thread to stop, and leaves its end, should that come instead, to those who wait for everything. */
import { TraceeGone } from '../../../base/errors.js';
import type { ThreadId } from '../../../base/ids.js';
import { pause } from '../../../base/pause.js';
import * as abi from '../constants.js';
import { PART } from '../control-block.js';
import { errno, failure, waitid } from '../libc.js';
import type { NativeBlock } from '../native-memory.js';
import { readStatus } from '../proc/procfs.js';

/** Offsets in siginfo_t of waitid(2), 64-bit: <asm-generic/siginfo.h>. */
const SI_CODE = 8;
const SI_PID = 16;
const SI_STATUS = 24;
/** The low byte of the wait status of a thread that stopped: <bits/waitstatus.h>. */
const STOPPED = 0x7f;

const ENDS: ReadonlySet<number> = new Set([abi.CLD_EXITED, abi.CLD_KILLED, abi.CLD_DUMPED]);
const OURS = abi.__WALL | abi.__WNOTHREAD;
const LOOK = OURS | abi.WSTOPPED | abi.WEXITED | abi.WNOWAIT;
/** A thread that is killed does not stand still any more, so that what was seen may be gone. */
const TAKE = OURS | abi.WSTOPPED | abi.WNOHANG;
/** While others have something to report, the thread is looked for that often before we begin to sleep in between. */
const LOOKS_BEFORE_PAUSE = 50;

/**
 * Nobody can wait for the end of a process's first thread while others of its threads are to be reaped, so that
 * waiting for this thread alone might never end: wait_task_zombie, delay_group_leader in kernel/exit.c.
 *
 * @returns its wait status, wait(2)
 * @throws TraceeGone when it ended before; its exit status can still be waited for
 */
export function waitForStop(block: NativeBlock, tid: ThreadId): number {
  for (let looks = 1; ; looks++) {
    const first = look(block, tid, { kind: abi.P_ALL, options: LOOK });
    const found =
      first.id === tid ? first : look(block, tid, { kind: abi.P_PID, options: LOOK | abi.WNOHANG });
    if (found.id === tid) {
      if (ENDS.has(found.code)) throw new TraceeGone(tid);
      const taken = look(block, tid, { kind: abi.P_PID, options: TAKE });
      if (taken.id === tid) return (taken.status << 8) | STOPPED;
    } else if (hasEnded(tid)) {
      throw new TraceeGone(tid);
    } else if (looks > LOOKS_BEFORE_PAUSE) {
      pause(1);
    }
  }
}

interface Seen {
  /** 0 for nothing. */
  readonly id: number;
  /** CLD_… */
  readonly code: number;
  /** Exit code, signal, or what ptrace(2) makes of it for a stop. */
  readonly status: number;
}

function look(
  { view, address }: NativeBlock,
  tid: ThreadId,
  { kind, options }: { readonly kind: number; readonly options: number },
): Seen {
  const info = PART.SIGNAL_INFO;
  // Where there is nothing to report, not every C library writes that down.
  view.setInt32(info + SI_PID, 0, true);
  while (waitid(kind, kind === abi.P_ALL ? 0 : tid, address + info, options) !== 0) {
    const error = errno();
    if (error === abi.ECHILD) throw new TraceeGone(tid);
    if (error !== abi.EINTR) throw failure('waitid', error, tid);
  }
  return {
    id: view.getInt32(info + SI_PID, true),
    code: view.getInt32(info + SI_CODE, true),
    status: view.getInt32(info + SI_STATUS, true),
  };
}

/** Zombie or dead, proc_pid_status(5). */
function hasEnded(tid: ThreadId): boolean {
  const state = readStatus(tid)?.state;
  return state === undefined || state === 'Z' || state === 'X';
}
