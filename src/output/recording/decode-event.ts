/** Reads back the events that json/json-event.ts writes, and joins calls with their ends. */
import { UserError } from '../../base/errors.js';
import { toProcessId, toThreadId } from '../../base/ids.js';
import type {
  CallEvent,
  CoverageEvent,
  ModuleCoverage,
  ReturnEvent,
  RunIdentity,
  SessionStarted,
  SyscallEvent,
  SyscallReturn,
  ThreadEnded,
  TraceEvent,
  Where,
} from '../../trace/event.js';
import { SCHEMA_VERSION } from './json-event.js';
import { decodeCall, decodeSyscall } from './decode-call.js';
import { decodeSignal, decodeThreadState } from './decode-thread.js';
import { decodeArguments, decodeValue } from './decode-value.js';
import {
  asArray,
  asObject,
  BadEvent,
  bigintOf,
  choiceOf,
  countOf,
  exactOf,
  flagOf,
  integerOf,
  numberOf,
  textOf,
  textsOf,
  type JsonObject,
} from './json-fields.js';
import { decodeCondition } from './decode-condition.js';
import { OpenCalls } from './open-calls.js';
import { decodeUnmatched } from './unmatched-json.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type OpenCall = CallEvent | SyscallEvent;

export class EventDecoder {
  private readonly openCalls = new OpenCalls();

  /** @throws BadEvent when the object is no event, or ends a call that never began */
  decode(json: unknown): TraceEvent {
    const object = asObject(json, 'line');
    const where: Where = {
      pid: toProcessId(countOf(object, 'pid')),
      tid: toThreadId(countOf(object, 'tid')),
      at: countOf(object, 'at'),
    };
    const kind = textOf(object, 'kind');
    if (kind === 'call') return this.begin(decodeCall(object, where));
    if (kind === 'return') return this.decodeReturn(object, where);
    if (kind === 'syscall') return this.begin(decodeSyscall(object, where));
    if (kind === 'syscall-return') return this.decodeSyscallReturn(object, where);
    if (kind === 'call-abandoned') {
      const call = this.end(object, where, 'call');
      const why = choiceOf(object, 'why', ['exec', 'exit', 'unwound', 'detach', 'unwatched']);
      return { kind, ...where, call, why };
    }
    const decode = Object.hasOwn(DECODERS, kind) ? DECODERS[kind as OtherKind] : undefined;
    if (decode === undefined) throw new BadEvent(`no event is of the kind ${kind}`);
    const event = decode(object, where);
    this.openCalls.accept(event);
    return event;
  }

  private begin<T extends OpenCall>(call: T): T {
    this.openCalls.begin(call);
    return call;
  }

  private end<K extends OpenCall['kind']>(
    object: JsonObject,
    where: Where,
    kind: K,
  ): Extract<OpenCall, { kind: K }> {
    const id = countOf(object, 'call');
    const call = this.openCalls.end(where.tid, where.pid, id);
    if (call?.kind !== kind) throw new BadEvent(`the call ${id} that it ends is missing`);
    return call as Extract<OpenCall, { kind: K }>;
  }

  private decodeReturn(object: JsonObject, where: Where): ReturnEvent {
    const event: Mutable<ReturnEvent> = {
      kind: 'return',
      ...where,
      call: this.end(object, where, 'call'),
      result: decodeValue(object['result']),
      rawResult: exactOf(object, 'rawResult'),
      outArgs: decodeArguments(object['outArgs']),
    };
    if (object['errno'] !== undefined) event.errno = countOf(object, 'errno');
    if (object['cpuTime'] !== undefined) event.cpuTime = numberOf(object, 'cpuTime');
    return event;
  }

  private decodeSyscallReturn(object: JsonObject, where: Where): SyscallReturn {
    const event: Mutable<SyscallReturn> = {
      kind: 'syscall-return',
      ...where,
      call: this.end(object, where, 'syscall'),
      result: decodeValue(object['result']),
      rawResult: exactOf(object, 'rawResult'),
      outArgs: decodeArguments(object['outArgs']),
    };
    if (object['errno'] !== undefined) event.errno = countOf(object, 'errno');
    return event;
  }
}

type OtherKind = Exclude<
  TraceEvent['kind'],
  'call' | 'return' | 'syscall' | 'syscall-return' | 'call-abandoned'
>;
type Decode<K extends OtherKind> = (
  object: JsonObject,
  where: Where,
) => Extract<TraceEvent, { kind: K }>;

const DECODERS: { readonly [K in OtherKind]: Decode<K> } = {
  'session-started': decodeSession,
  'process-started': (object, where) => {
    const how = choiceOf(object, 'how', ['launch', 'attach', 'fork', 'vfork', 'clone']);
    const start = { kind: 'process-started', ...where, how } as const;
    const program = textOf(object, 'program');
    if (object['parent'] === undefined) return { ...start, program };
    return { ...start, parent: toProcessId(countOf(object, 'parent')), program };
  },
  'thread-started': (object, where) => ({
    kind: 'thread-started',
    ...where,
    parent: toThreadId(countOf(object, 'parent')),
  }),
  signal: decodeSignal,
  'thread-state': decodeThreadState,
  exec: (object, where) => ({ kind: 'exec', ...where, program: textOf(object, 'program') }),
  'thread-ended': (object, where) => ({
    kind: 'thread-ended',
    ...where,
    how: decodeEnd(asObject(object['how'], 'how')),
  }),
  exited: (object, where) => ({ kind: 'exited', ...where, code: integerOf(object, 'code') }),
  killed: (object, where) => ({
    kind: 'killed',
    ...where,
    signal: countOf(object, 'signal'),
    coreDumped: flagOf(object, 'coreDumped'),
  }),
  detached: (_object, where) => ({ kind: 'detached', ...where }),
  'module-loaded': (object, where) => {
    const event = {
      kind: 'module-loaded',
      ...where,
      module: textOf(object, 'module'),
      path: textOf(object, 'path'),
      bias: integerOf(object, 'bias'),
      isMainProgram: object['isMainProgram'] === true,
    } as const;
    return object['buildId'] === undefined
      ? event
      : { ...event, buildId: textOf(object, 'buildId') };
  },
  'module-unloaded': (object, where) => ({
    kind: 'module-unloaded',
    ...where,
    module: textOf(object, 'module'),
    path: textOf(object, 'path'),
  }),
  notice: (object, where) => ({
    kind: 'notice',
    ...where,
    severity: choiceOf(object, 'severity', ['warning', 'info']),
    text: textOf(object, 'text'),
  }),
  coverage: decodeCoverage,
};

function decodeSession(object: JsonObject, where: Where): SessionStarted {
  const schema = countOf(object, 'schema');
  if (schema > SCHEMA_VERSION) {
    throw new UserError(
      `the recording was written by a newer tsltrace (schema ${schema}; this one reads ${SCHEMA_VERSION})`,
    );
  }
  return {
    kind: 'session-started',
    ...where,
    version: textOf(object, 'version'),
    wallStart: bigintOf(object, 'wallStart'),
    monotonicStart: bigintOf(object, 'monotonicStart'),
    command: textsOf(object, 'command'),
    tracingCost: numberOf(object, 'tracingCost'),
    ...(object['run'] !== undefined && { identity: decodeIdentity(object) }),
  };
}

function decodeIdentity(object: JsonObject): RunIdentity {
  const labels = asObject(object['labels'], 'labels');
  return {
    run: textOf(object, 'run'),
    host: textOf(object, 'host'),
    labels: Object.fromEntries(Object.keys(labels).map((key) => [key, textOf(labels, key)])),
  };
}

function decodeEnd(how: JsonObject): ThreadEnded['how'] {
  return choiceOf(how, 'kind', ['exited', 'killed']) === 'exited'
    ? { kind: 'exited', code: integerOf(how, 'code') }
    : { kind: 'killed', signal: countOf(how, 'signal') };
}

function decodeCoverage(object: JsonObject, where: Where): CoverageEvent {
  return {
    ...(object['selected'] !== undefined && { selected: countOf(object, 'selected') }),
    ...(object['left'] !== undefined && { left: processesOf(object) }),
    ...(object['conditions'] !== undefined && {
      conditions: asArray(object['conditions'], 'conditions').map(decodeCondition),
    }),
    kind: 'coverage',
    ...where,
    calls: countOf(object, 'calls'),
    stops: countOf(object, 'stops'),
    modules: asArray(object['modules'], 'modules').map(decodeModuleCoverage),
    unmatchedRules: asArray(object['unmatchedRules'], 'unmatchedRules').map(decodeUnmatched),
  };
}

function processesOf(object: JsonObject): readonly number[] {
  return asArray(object['left'], 'left').map((pid) => countOf({ pid }, 'pid'));
}

function decodeModuleCoverage(json: unknown): ModuleCoverage {
  const object = asObject(json, 'module');
  const module: Mutable<ModuleCoverage> = {
    module: textOf(object, 'module'),
    path: textOf(object, 'path'),
    placed: countOf(object, 'placed'),
    refused: asArray(object['refused'], 'refused').map((item) => {
      const place = asObject(item, 'refused');
      return { symbol: textOf(place, 'symbol'), reason: textOf(place, 'reason') };
    }),
  };
  if (object['buildId'] !== undefined) module.buildId = textOf(object, 'buildId');
  if (object['unreadable'] !== undefined) module.unreadable = textOf(object, 'unreadable');
  return module;
}
