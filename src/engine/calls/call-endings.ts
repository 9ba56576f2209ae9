/** Turns the ends of calls into events. Hot path. */
import type { Address } from '../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { AbandonReason, ReturnEvent } from '../../trace/event.js';
import type { Emitter } from '../emitter.js';
import type { Thread } from '../tracees/tracee.js';
import type { OpenCall } from '../tracees/open-call.js';
import type { ReturnPoints } from './return-points.js';
import type { StoppedThread } from './stopped-thread.js';

export interface CallEndingParts {
  readonly kernel: Kernel;
  readonly emitter: Emitter;
  readonly stopped: StoppedThread;
  readonly returnPoints: ReturnPoints;
  readonly cpuTime: boolean;
}

export class CallEndings {
  constructor(private readonly parts: CallEndingParts) {}

  /** The thread stands where the call returned to; its return address stood at `slot`. */
  returned(thread: Thread, call: OpenCall, slot: Address): void {
    const { kernel, emitter, stopped, returnPoints, cpuTime } = this.parts;
    returnPoints.release(thread, call.returnPoint);
    stopped.at(thread, slot);
    const { capture } = call.point;
    if (capture === undefined) return;
    const left = capture.leave(stopped, call.entered);
    const event: ReturnEvent = {
      kind: 'return',
      pid: thread.process.pid,
      tid: thread.tid,
      at: emitter.now(),
      call: call.event,
      result: left.result,
      rawResult: left.rawResult,
      outArgs: left.outArgs,
      ...(left.errno !== undefined && { errno: left.errno }),
      // Of a goroutine that came from another thread nobody knows.
      ...(cpuTime &&
        thread.tid === call.event.tid && {
          cpuTime: kernel.cpuTime(thread.tid) - call.cpuTimeAtEntry,
        }),
    };
    emitter.emit(event);
  }

  /** @param at when it was left, if that was not now */
  abandoned(thread: Thread, call: OpenCall, why: AbandonReason, at?: number): void {
    const { emitter, returnPoints } = this.parts;
    returnPoints.release(thread, call.returnPoint);
    const { tid, process } = thread;
    emitter.emit({
      kind: 'call-abandoned',
      pid: process.pid,
      tid,
      at: at ?? emitter.now(),
      call: call.event,
      why: call.returnPoint.armed ? why : 'unwatched',
    });
  }
}
