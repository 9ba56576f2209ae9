/** What the Worker posts: events without repetition, errors without their class. */
import { SystemError, UserError } from '../base/errors.js';
import type { CallId } from '../base/ids.js';
import type { LaunchedEnd } from '../engine/processes/launched.js';
import { OptionError } from './option-error.js';
import type { InterruptHandle } from '../kernel/linux/waiting/interrupt.js';
import type {
  CallAbandoned,
  CallEvent,
  ReturnEvent,
  SyscallEvent,
  SyscallReturn,
  TraceEvent,
} from '../trace/event.js';

export type WorkerMessage =
  | { readonly kind: 'ready'; readonly interrupt: InterruptHandle }
  /** The program has its descriptors. */
  | { readonly kind: 'launched' }
  | { readonly kind: 'events'; readonly events: readonly WireEvent[] }
  | { readonly kind: 'ended'; readonly end: LaunchedEnd }
  | { readonly kind: 'failed'; readonly error: WireError };

type Closing = ReturnEvent | CallAbandoned | SyscallReturn;
type Opening = CallEvent | SyscallEvent;

/** A closing event names the opening one, which was posted before, by its id. */
export type WireEvent =
  Exclude<TraceEvent, Closing> | Closing | (Omit<Closing, 'call'> & { readonly call: CallId });

export class EventPacker {
  private readonly open = new Set<CallId>();

  pack(event: TraceEvent): WireEvent {
    if (isOpening(event)) this.open.add(event.call);
    if (!isClosing(event)) return event;
    const id = event.call.call;
    return this.open.delete(id) ? { ...event, call: id } : event;
  }
}

export class EventUnpacker {
  private readonly open = new Map<CallId, Opening>();

  unpack(packed: WireEvent): TraceEvent {
    const event = packed as TraceEvent;
    if (isOpening(event)) this.open.set(event.call, event);
    if (!isClosing(event)) return event;
    const id = (packed as { readonly call: CallId | Opening }).call;
    if (typeof id === 'object') return event;
    const call = this.open.get(id);
    this.open.delete(id);
    // The message is ours alone, so the event may become whole in place.
    return Object.assign(event, { call });
  }
}

function isOpening(event: TraceEvent): event is Opening {
  return event.kind === 'call' || event.kind === 'syscall';
}

function isClosing(event: TraceEvent): event is Closing {
  const { kind } = event;
  return kind === 'return' || kind === 'call-abandoned' || kind === 'syscall-return';
}

export type WireError =
  | { readonly kind: 'user'; readonly error: Pick<UserError, 'message' | 'hint' | 'status'> }
  | { readonly kind: 'option'; readonly error: Pick<OptionError, 'option' | 'message' | 'hint'> }
  | {
      readonly kind: 'system';
      readonly error: Pick<SystemError, 'call' | 'errno' | 'errnoName' | 'subject'>;
    }
  | { readonly kind: 'internal'; readonly message: string; readonly stack: string | undefined };

export function packError(error: unknown): WireError {
  if (error instanceof OptionError) {
    const { option, message, hint } = error;
    return { kind: 'option', error: { option, message, hint } };
  }
  if (error instanceof UserError) {
    const { message, hint, status } = error;
    return { kind: 'user', error: { message, hint, status } };
  }
  if (error instanceof SystemError) {
    const { call, errno, errnoName, subject } = error;
    return { kind: 'system', error: { call, errno, errnoName, subject } };
  }
  const known = error instanceof Error ? error : new Error(String(error));
  return { kind: 'internal', message: known.message, stack: known.stack };
}

export function unpackError(packed: WireError): Error {
  switch (packed.kind) {
    case 'user':
      return new UserError(packed.error.message, packed.error.hint, packed.error.status);
    case 'option': {
      const { option, message, hint } = packed.error;
      return new OptionError(option, message.slice(`${option}: `.length), hint);
    }
    case 'system': {
      const { call, errno, errnoName, subject } = packed.error;
      return new SystemError(call, errno, errnoName, subject);
    }
    case 'internal': {
      const error = new Error(`internal error of tsltrace, please report it: ${packed.message}`);
      if (packed.stack !== undefined) error.stack = packed.stack;
      return error;
    }
  }
}
