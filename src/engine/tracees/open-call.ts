/** One traced call that has not returned, and the return that ends it. */
import type { EnteredCall } from '../../lens/stopped-call.js';
import type { CallEvent } from '../../trace/event.js';
import type { EntryPoint } from '../points/entry-point.js';
import type { ReturnPoint } from '../points/return-point.js';

export interface OpenCall {
  readonly event: CallEvent;
  readonly point: EntryPoint;
  readonly returnPoint: ReturnPoint;
  /** Of the return address: its address, counted from the base of the strand. */
  readonly slot: number;
  readonly entered: EnteredCall;
  /** Thread CPU time at entry, ns; 0 when not asked for. */
  readonly cpuTimeAtEntry: number;
  /** See markOf in frame-evidence.ts. */
  readonly mark: number;
  /** The caller's frame, where calls of the process were left. */
  readonly frame: Uint8Array | undefined;
  /** The call that went on to this one by a jump: they have one return address. */
  readonly jumpedFrom: OpenCall | undefined;
}

/** A thread came to a return address. */
export interface Arrival {
  readonly address: number;
  /** Where the return address stood: one word below the stack pointer. */
  readonly slot: number;
  /** Most bytes of arguments that the callee itself may have removed from the stack. */
  readonly popped: number;
}

/** Hot path. */
export function isReturnOf(call: OpenCall, arrival: Arrival): boolean {
  const above = arrival.slot - call.slot;
  return above >= 0 && above <= arrival.popped && call.returnPoint.address === arrival.address;
}
