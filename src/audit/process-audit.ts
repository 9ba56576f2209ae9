/** The audit of one process: its objects, its conversations, and the calls its threads are in. */
import type { ProcessId, ThreadId } from '../base/ids.js';
import type { CallEvent, ReturnEvent, SyscallReturn } from '../trace/event.js';
import type { Argument, Value } from '../trace/value.js';
import { textOf, wordOf } from './fold/call-words.js';
import { connectionInUse, connectionOf } from './fold/connection-in-use.js';
import { AUDITED_SYSCALLS, HANDLERS } from './fold/functions.js';
import { Moment, originOf, originOfSyscall, type Surroundings } from './fold/moment.js';
import { peerOf } from './fold/sockets.js';
import { ThreadCalls } from './fold/thread-calls.js';
import type { Judgement } from './findings/finding.js';
import type { Connection, Context } from './ledger/objects.js';
import type { ProcessLedger } from './ledger/process-ledger.js';
import type { Origin } from './ledger/setting.js';
import { WireBook, type Channel } from './wire/wire-book.js';

/** Whoever is told of what is over. */
export interface Closing {
  connection(connection: Connection, process: ProcessAudit): void;
  context(context: Context, process: ProcessAudit): void;
  blindSpot(channel: Channel, process: ProcessAudit): void;
  keyLog(by: Origin, process: ProcessAudit): void;
  finding(judgement: Judgement, process: ProcessAudit): void;
}

/** Name of the argument with the records of a handshake. */
const RECORDS = 'records';

export class ProcessAudit {
  private readonly threads = new Map<ThreadId, ThreadCalls>();
  private readonly wire: WireBook;
  private readonly closing: Closing;
  private usesSyscalls = false;
  /** Calls into each module, by its name. */
  readonly callsInto = new Map<string, number>();

  constructor(
    readonly pid: ProcessId,
    readonly program: string,
    readonly ledger: ProcessLedger,
    closing: Closing,
  ) {
    this.closing = closing;
    this.wire = new WireBook((channel) => {
      closing.blindSpot(channel, this);
    });
  }

  enter(call: CallEvent): void {
    const thread = this.thread(call.tid);
    this.callsInto.set(call.library, (this.callsInto.get(call.library) ?? 0) + 1);
    // What encloses a call is seen before the call itself is one of them.
    HANDLERS.get(call.symbol)?.onCall?.(new Moment(call, this.around(thread)));
    thread.enter(call);
    const connection = connectionOf(call, this.ledger);
    for (const [what, by] of connection === undefined ? [] : this.ledger.decisions) {
      connection?.decisions.set(what, connection.decisions.get(what) ?? by);
    }
  }

  leave(event: ReturnEvent): void {
    const { call } = event;
    const thread = this.thread(call.tid);
    thread.leave(call.call);
    const moment = new Moment(call, this.around(thread), event);
    this.transfer(event, moment);
    HANDLERS.get(call.symbol)?.onReturn?.(moment);
  }

  abandon(call: CallEvent): void {
    this.thread(call.tid).leave(call.call);
  }

  /** A system call of a program that passes the C library by. */
  leaveSyscall(event: SyscallReturn): void {
    this.usesSyscalls = true;
    const { name, args } = event.call;
    const descriptor = `${wordOf(args[0]) ?? -1}`;
    if (name === 'connect') this.connected(descriptor, args[1]?.value);
    if (name.startsWith('accept')) this.connected(`${event.rawResult}`, event.outArgs[0]?.value);
    const records = recordsIn(event.outArgs);
    if (records === undefined) return;
    const thread = this.thread(event.tid);
    const [innermost] = thread.enclosing();
    const owner =
      innermost === undefined
        ? undefined
        : connectionInUse(new Moment(innermost, this.around(thread)));
    this.wire.take({
      stream: { kind: 'descriptor', name: descriptor },
      direction: isInput(name) ? 'received' : 'sent',
      records,
      owner,
      // Where a function of the C library makes the call, whoever called that wrote it.
      by:
        innermost !== undefined && AUDITED_SYSCALLS.has(innermost.symbol)
          ? originOf(innermost, name)
          : originOfSyscall(event.call),
    });
  }

  private connected(descriptor: string, address: Value | undefined): void {
    this.wire.connect(descriptor, peerOf(address) ?? 'unknown');
  }

  threadEnded(tid: ThreadId): void {
    this.threads.delete(tid);
  }

  /** Everything that is still there, as if it ended now. */
  *open(): Generator<
    | { readonly kind: 'connection'; readonly connection: Connection }
    | { readonly kind: 'context'; readonly context: Context }
    | { readonly kind: 'blind spot'; readonly channel: Channel }
  > {
    for (const connection of this.ledger.connections.values()) {
      yield { kind: 'connection', connection };
    }
    for (const context of this.ledger.contexts.values()) yield { kind: 'context', context };
    for (const channel of this.wire.ownerless()) yield { kind: 'blind spot', channel };
  }

  private transfer(event: ReturnEvent, moment: Moment): void {
    const records = recordsIn(event.outArgs);
    if (records === undefined) return;
    const symbol = transferIn(event.call);
    const isBio = symbol.startsWith('BIO_');
    // What a function of a static program passes has been seen as its system call.
    if (!isBio && this.usesSyscalls) return;
    const word = wordOf(event.call.args[0]) ?? -1;
    this.wire.take({
      stream: isBio
        ? { kind: 'bio', name: word.toString(16) }
        : { kind: 'descriptor', name: word.toString() },
      direction: isInput(symbol) ? 'received' : 'sent',
      records,
      owner: connectionOf(event.call, this.ledger) ?? connectionInUse(moment),
      by: originOf(event.call, symbol),
    });
  }

  private thread(tid: ThreadId): ThreadCalls {
    let thread = this.threads.get(tid);
    if (thread === undefined) this.threads.set(tid, (thread = new ThreadCalls()));
    return thread;
  }

  private around(thread: ThreadCalls): Surroundings {
    return {
      ledger: this.ledger,
      thread,
      onClosed: (connection) => {
        this.closing.connection(connection, this);
        this.wire.forget(connection);
        connection.dropRecords();
      },
      onContextClosed: (context) => {
        this.closing.context(context, this);
      },
      onConnect: (descriptor, peer) => {
        this.wire.connect(descriptor, peer);
      },
      onKeyLog: (by) => {
        this.closing.keyLog(by, this);
      },
      onFinding: (judgement) => {
        this.closing.finding(judgement, this);
      },
    };
  }
}

function recordsIn(args: readonly Argument[]): Uint8Array | undefined {
  const value = args.find(({ name }) => name === RECORDS)?.value;
  return value?.kind === 'buffer' ? value.bytes : undefined;
}

/** What a call makes that hands bytes over: syscall(2) says it in its last argument. */
function transferIn({ symbol, args }: CallEvent): string {
  return symbol === 'syscall' ? (textOf(args.at(-1)?.value) ?? symbol) : symbol;
}

function isInput(name: string): boolean {
  return /^(?:BIO_|__)?(?:p?read|recv)/.test(name);
}
