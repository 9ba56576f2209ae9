/** Waits for one thread to stop, and leaves its end, should that come instead, to those who wait for everything. */
import { DoesNotStop, TraceeGone } from '../../../base/errors.js';
import type { ThreadId } from '../../../base/ids.js';
import { pause } from '../../../base/pause.js';
import type { Patience } from '../../loop.js';
import * as abi from '../constants.js';
import { PART } from '../control-block.js';
import { errno, failure, waitid } from '../libc.js';
import type { NativeBlock } from '../native-memory.js';
import { Stopwatch } from '../ourselves/stopwatch.js';
import { readStatus } from '../proc/procfs.js';

/** Offsets in siginfo_t of waitid(2), 64-bit: <asm-generic/siginfo.h>. */
const SI_CODE = 8;
const SI_PID = 16;
const SI_STATUS = 24;
/** The low byte of the wait status of a thread that stopped: <bits/waitstatus.h>. */
const STOPPED = 0x7f;

const ENDS: ReadonlySet<number> = new Set([abi.CLD_EXITED, abi.CLD_KILLED, abi.CLD_DUMPED]);
/** A thread that is killed does not stand still any more, so that what was seen may be gone. */
const TAKE = abi.__WALL | abi.__WNOTHREAD | abi.WSTOPPED | abi.WNOHANG;
const LOOK = TAKE | abi.WEXITED | abi.WNOWAIT;

/** Most threads stop within 100 us, and each look takes one or two. */
const LOOKS_WITHOUT_PAUSE = 50;
const LOOKS_WITH_SHORT_PAUSES = 70;
const SHORT_PAUSE_MS = 0.1;
const LONG_PAUSE_MS = 1;
const ASK_EVERY_NS = 100_000_000;

/**
 * A blocking wait would not do: nobody can wait for the end of a process's first thread while others of its threads
 * are to be reaped (wait_task_zombie, delay_group_leader in kernel/exit.c), and a thread may never stop.
 *
 * @returns its wait status, wait(2)
 * @throws TraceeGone when it ended before; its exit status can still be waited for
 * @throws DoesNotStop
 */
export function waitForStop(block: NativeBlock, tid: ThreadId, patience: () => Patience): number {
  const watch = new Stopwatch();
  let askAt = ASK_EVERY_NS;
  for (let looks = 1; ; looks++) {
    const found = look(block, tid, LOOK);
    if (found.id === tid) {
      if (ENDS.has(found.code)) throw new TraceeGone(tid);
      const taken = look(block, tid, TAKE);
      if (taken.id === tid) return (taken.status << 8) | STOPPED;
    }
    if (looks <= LOOKS_WITHOUT_PAUSE) continue;
    if (hasEnded(tid)) throw new TraceeGone(tid);
    pause(looks <= LOOKS_WITH_SHORT_PAUSES ? SHORT_PAUSE_MS : LONG_PAUSE_MS);
    const waited = watch.elapsedNs();
    if (waited < askAt) continue;
    if (patience()(tid, waited / 1e6) === 'gives-up') throw new DoesNotStop(tid);
    askAt = watch.elapsedNs() + ASK_EVERY_NS;
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

function look({ view, address }: NativeBlock, tid: ThreadId, options: number): Seen {
  const info = PART.SIGNAL_INFO;
  // Where there is nothing to report, not every C library writes that down.
  view.setInt32(info + SI_PID, 0, true);
  while (waitid(abi.P_PID, tid, address + info, options) !== 0) {
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
