/** A call at its beginning or its end, with what the audit knows around it. */
import type { CallEvent, ReturnEvent, SyscallEvent } from '../../trace/event.js';
import type { Value } from '../../trace/value.js';
import type { Judgement } from '../findings/finding.js';
import { key, type ProcessLedger } from '../ledger/process-ledger.js';
import type { Connection, Context, Word } from '../ledger/objects.js';
import type { Origin } from '../ledger/setting.js';
import { brief, numberOf, textOf, wordOf } from './call-words.js';
import { ownFrame } from './own-frame.js';
import type { ThreadCalls } from './thread-calls.js';

export interface Surroundings {
  readonly ledger: ProcessLedger;
  readonly thread: ThreadCalls;
  /** For whoever judges connections: this one is at its end. */
  onClosed(connection: Connection): void;
  onContextClosed(context: Context): void;
  /** A descriptor has a peer. */
  onConnect(descriptor: string, peer: string): void;
  /** A library logs keys by itself. */
  onKeyLog(by: Origin): void;
  /** What is wrong with a call by itself, whatever the connections. */
  onFinding(judgement: Judgement): void;
}

export class Moment {
  constructor(
    readonly call: CallEvent,
    readonly around: Surroundings,
    private readonly left?: ReturnEvent,
  ) {}

  get ledger(): ProcessLedger {
    return this.around.ledger;
  }

  /** The argument's word, 0 for one that was not recorded. */
  word(index: number): Word {
    return wordOf(this.argument(index)) ?? 0;
  }

  value(index: number): Value | undefined {
    return this.argument(index)?.value;
  }

  text(index: number): string | undefined {
    return textOf(this.value(index));
  }

  /** The result's word; 0 before the return. */
  get result(): Word {
    return this.left === undefined ? 0 : (numberOf(this.left.result) ?? this.left.rawResult);
  }

  get resultValue(): Value | undefined {
    return this.left?.result;
  }

  /** The result as a C int. */
  get resultInt(): number {
    return Number(BigInt.asIntN(32, BigInt(this.result)));
  }

  get context(): Context | undefined {
    return this.ledger.contexts.get(key(this.word(0)));
  }

  get connection(): Connection | undefined {
    return this.ledger.connections.get(key(this.word(0)));
  }

  /** @param shown the arguments that say what was decided */
  origin(...shown: readonly number[]): Origin {
    const { call } = this;
    const texts = shown.map((index) => brief(this.value(index))).filter((text) => text !== '');
    return originOf(call, `${call.shownAs ?? call.symbol}(${texts.join(', ')})`);
  }

  /** One reference less; the last takes the object away. */
  releaseContext(address: Word): void {
    const context = this.ledger.contexts.get(key(address));
    if (context === undefined || --context.references > 0) return;
    this.ledger.contexts.delete(key(address));
    this.around.onContextClosed(context);
  }

  releaseConnection(address: Word): void {
    const connection = this.ledger.connections.get(key(address));
    if (connection === undefined || --connection.references > 0) return;
    this.closeConnection(connection);
  }

  closeConnection(connection: Connection): void {
    this.ledger.connections.delete(key(connection.facts.address));
    this.around.onClosed(connection);
    for (const context of [connection.context, connection.sessionContext]) {
      if (context !== undefined) this.releaseContext(context.facts.address);
    }
  }

  private argument(index: number) {
    const { args } = this.call;
    return index < args.length ? args[index] : this.left?.outArgs[index - args.length];
  }
}

/** Who made a call, and what it was. */
export function originOf(call: CallEvent, what: string): Origin {
  const { caller, backtrace, script } = call;
  const asked = script && ownFrame(script);
  return {
    call: call.call,
    pid: call.pid,
    what,
    module: caller.module,
    offset: caller.offset,
    ...(caller.symbol !== undefined && { symbol: caller.symbol }),
    ...(caller.source !== undefined && { source: caller.source }),
    ...(asked !== undefined && { asked }),
    ...(script !== undefined && { script }),
    ...(backtrace !== undefined && { frames: backtrace }),
  };
}

export function originOfSyscall({ call, pid, name, caller }: SyscallEvent): Origin {
  return { call, pid, what: name, module: caller.module, offset: caller.offset };
}
