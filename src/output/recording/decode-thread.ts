/** Reads back what happened to threads: signals, and what they did when they were attached to. */
import { toProcessId } from '../../base/ids.js';
import type { SignalEvent, ThreadActivity, ThreadStateEvent, Where } from '../../trace/event.js';
import { addressOf, decodeCallSite, decodeFrame } from './decode-call.js';
import { decodeArguments } from './decode-value.js';
import {
  asArray,
  asObject,
  choiceOf,
  countOf,
  exactOf,
  integerOf,
  textOf,
  textsOf,
  type JsonObject,
} from './json-fields.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export function decodeSignal(object: JsonObject, where: Where): SignalEvent {
  const event: Mutable<SignalEvent> = {
    kind: 'signal',
    ...where,
    signal: countOf(object, 'signal'),
    code: integerOf(object, 'code'),
    pc: decodeCallSite(object['pc']),
    ...decodeOrigin(object),
  };
  if (object['sender'] !== undefined) event.sender = toProcessId(countOf(object, 'sender'));
  if (object['senderUser'] !== undefined) event.senderUser = countOf(object, 'senderUser');
  if (object['value'] !== undefined) event.value = exactOf(object, 'value');
  if (object['faultAddress'] !== undefined) {
    event.faultAddress = addressOf(object, 'faultAddress');
  }
  return event;
}

function decodeOrigin(
  object: JsonObject,
): Pick<SignalEvent, 'child' | 'timer' | 'descriptor' | 'refusedSyscall'> {
  const part = <T>(name: string, decode: (part: JsonObject) => T): T | undefined =>
    object[name] === undefined ? undefined : decode(asObject(object[name], name));
  const child = part('child', (each) => ({
    status: integerOf(each, 'status'),
    userTicks: integerOf(each, 'userTicks'),
    systemTicks: integerOf(each, 'systemTicks'),
  }));
  const timer = part('timer', (each) => ({
    id: integerOf(each, 'id'),
    overrun: integerOf(each, 'overrun'),
  }));
  const descriptor = part('descriptor', (each) => ({
    number: integerOf(each, 'number'),
    band: integerOf(each, 'band'),
  }));
  const refusedSyscall = part('refusedSyscall', (each) => ({
    number: integerOf(each, 'number'),
    architecture: countOf(each, 'architecture'),
    at: addressOf(each, 'at'),
  }));
  return {
    ...(child !== undefined && { child }),
    ...(timer !== undefined && { timer }),
    ...(descriptor !== undefined && { descriptor }),
    ...(refusedSyscall !== undefined && { refusedSyscall }),
  };
}

export function decodeThreadState(object: JsonObject, where: Where): ThreadStateEvent {
  const event: Mutable<ThreadStateEvent> = {
    kind: 'thread-state',
    ...where,
    doing: decodeActivity(asObject(object['doing'], 'doing')),
  };
  if (object['within'] !== undefined) event.within = textsOf(object, 'within');
  if (object['backtrace'] !== undefined) {
    event.backtrace = asArray(object['backtrace'], 'backtrace').map(decodeFrame);
  }
  return event;
}

function decodeActivity(object: JsonObject): ThreadActivity {
  const kind = choiceOf(object, 'kind', ['running', 'stopped', 'waiting', 'syscall']);
  if (kind !== 'syscall') return { kind };
  return {
    kind,
    number: countOf(object, 'number'),
    name: textOf(object, 'name'),
    args: decodeArguments(object['args']),
  };
}
