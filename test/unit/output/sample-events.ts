/** Builds events for the tests of the outputs: one process, one thread, a call a microsecond. */
import { toAddress } from '../../../src/base/address.js';
import { toCallId, toProcessId, toThreadId } from '../../../src/base/ids.js';
import type {
  AbandonReason,
  CallAbandoned,
  CallEvent,
  CallSite,
  ReturnEvent,
  SessionStarted,
  SyscallEvent,
  SyscallReturn,
  TraceEvent,
} from '../../../src/trace/event.js';
import type { Argument, IntegerValue, PointerValue, Value } from '../../../src/trace/value.js';

export const at = (pid: number, nanoseconds: number, tid = pid) => ({
  pid: toProcessId(pid),
  tid: toThreadId(tid),
  at: nanoseconds,
});

export const site = (returnAddress = 0x401182, module = 'tst', offset = 0x1182): CallSite => ({
  returnAddress: toAddress(returnAddress),
  module,
  offset,
});

export const integer = (
  value: number | bigint,
  style: IntegerValue['style'] = 'decimal',
  bits: IntegerValue['bits'] = 32,
): Value => ({ kind: 'integer', value, bits, signed: true, style });

export const guess = (value: number | bigint): Value => integer(value, 'guess', 64);

export const text = (content: string | Uint8Array, truncated = false): Value => ({
  kind: 'string',
  bytes: typeof content === 'string' ? Buffer.from(content, 'latin1') : content,
  encoding: 'bytes',
  truncated,
});

export const pointer = (address: number | bigint, more: Partial<PointerValue> = {}): Value => ({
  kind: 'pointer',
  address,
  ...more,
});

export const array = (elements: readonly Value[], more = false): Value => ({
  kind: 'array',
  elements,
  more,
});

export const struct = (...values: readonly Value[]): Value => ({
  kind: 'struct',
  fields: values.map((value) => ({ value })),
});

export const args = (...values: readonly Value[]): readonly Argument[] =>
  values.map((value) => ({ value }));

export const VOID: Value = { kind: 'void' };
export const HIDDEN: Value = { kind: 'hidden' };

export const session: SessionStarted = {
  kind: 'session-started',
  ...at(100, 0),
  version: '0.1.0',
  wallStart: 1700000000123456789n,
  monotonicStart: 55000000001n,
  command: ['./tst', 'a b'],
  tracingCost: 38000,
  identity: {
    run: '0f8fad5b-d9cb-469f-a165-70867728950e',
    host: 'build-7',
    labels: { release: '42', note: 'a "b" \u202e' },
  },
};

/** Counts calls and time, so that a test reads like the program it stands for. */
export class Script {
  readonly events: TraceEvent[] = [];
  private calls = 0;
  private clock = 0;
  private readonly depths = new Map<number, number>();

  constructor(
    private readonly pid = 100,
    private readonly stepNs = 1000,
  ) {}

  now(): number {
    this.clock += this.stepNs;
    return this.clock;
  }

  push(...events: readonly TraceEvent[]): void {
    this.events.push(...events);
  }

  call(symbol: string, values: readonly Value[] = [], more: Partial<CallEvent> = {}): CallEvent {
    const tid = more.tid ?? this.pid;
    const depth = this.depths.get(tid) ?? 0;
    this.depths.set(tid, depth + 1);
    const event: CallEvent = {
      kind: 'call',
      ...at(this.pid, this.now()),
      call: toCallId(++this.calls),
      depth,
      origin: 'call',
      route: 'plt',
      caller: site(),
      library: 'libc.so.6',
      symbol,
      inMainProgram: false,
      args: args(...values),
      ...more,
    };
    this.push(event);
    return event;
  }

  ret(call: CallEvent, result: Value = VOID, more: Partial<ReturnEvent> = {}): ReturnEvent {
    this.leave(call.tid);
    const event: ReturnEvent = {
      kind: 'return',
      pid: call.pid,
      tid: call.tid,
      at: this.now(),
      call,
      result,
      rawResult: 0,
      outArgs: [],
      ...more,
    };
    this.push(event);
    return event;
  }

  abandon(call: CallEvent, why: AbandonReason): CallAbandoned {
    this.leave(call.tid);
    const event: CallAbandoned = {
      kind: 'call-abandoned',
      pid: call.pid,
      tid: call.tid,
      at: this.now(),
      call,
      why,
    };
    this.push(event);
    return event;
  }

  syscall(name: string, number: number, values: readonly Value[] = []): SyscallEvent {
    const event: SyscallEvent = {
      kind: 'syscall',
      ...at(this.pid, this.now()),
      call: toCallId(++this.calls),
      depth: this.depths.get(this.pid) ?? 0,
      number,
      name,
      args: args(...values),
      caller: site(0x7f0000001234, 'libc.so.6', 0x1234),
    };
    this.push(event);
    return event;
  }

  syscallReturn(call: SyscallEvent, result: Value, errno?: number): SyscallReturn {
    const event: SyscallReturn = {
      kind: 'syscall-return',
      pid: call.pid,
      tid: call.tid,
      at: this.now(),
      call,
      result,
      rawResult: 0,
      outArgs: [],
      ...(errno === undefined ? {} : { errno }),
    };
    this.push(event);
    return event;
  }

  signal(signal: number): void {
    this.push({ kind: 'signal', ...at(this.pid, this.now()), signal, code: 0, pc: site() });
  }

  exited(code: number): void {
    this.push({ kind: 'exited', ...at(this.pid, this.now()), code });
  }

  killed(signal: number): void {
    this.push({ kind: 'killed', ...at(this.pid, this.now()), signal, coreDumped: false });
  }

  exec(program: string): void {
    this.push({ kind: 'exec', ...at(this.pid, this.now()), program });
  }

  private leave(tid: number): void {
    this.depths.set(tid, Math.max(0, (this.depths.get(tid) ?? 0) - 1));
  }
}

/** A target that keeps what it is given. */
export class Collected {
  private readonly pieces: Buffer[] = [];
  closed = false;

  write(bytes: Uint8Array): void {
    this.pieces.push(Buffer.from(bytes));
  }

  flush(): void {
    // Nothing is kept back.
  }

  close(): void {
    this.closed = true;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.pieces);
  }

  get text(): string {
    return this.bytes.toString('utf8');
  }
}
