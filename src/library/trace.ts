/** `trace` and `attach`: the host's side of a session that runs in a Worker. */
import path from 'node:path';
import {
  MessageChannel,
  receiveMessageOnPort,
  Worker,
  type MessagePort,
} from 'node:worker_threads';
import {
  interruptFromAnotherThread,
  type InterruptHandle,
} from '../kernel/linux/waiting/interrupt.js';
import type { TraceEvent } from '../trace/event.js';
import { FlowReceiver, makeFlowMemory } from './flow-control.js';
import { leaveBeforeExit } from './host-exit.js';
import type { LaunchOptions, TraceOptions } from './options.js';
import { prepareAttach, prepareLaunch, type PreparedRequest } from './prepare-request.js';
import { makeLockMemory } from './shared-lock.js';
import { NO_STREAMS, type ProgramStdio, type StdioStreams } from './stdio.js';
import { EventUnpacker, unpackError, type WireEvent, type WorkerMessage } from './wire.js';
import type { WorkerStart } from './worker.js';

/** How the launched program ended; 'none' when there was none. */
export type TraceEnd =
  | { readonly kind: 'none' }
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: number; readonly coreDumped: boolean };

/** A running trace: iterate over it once. */
export interface Trace
  extends AsyncIterableIterator<TraceEvent, undefined, undefined>, StdioStreams {
  /**
   * Resolves when the tracees are let go and the thread is gone; rejects with what made the trace fail, or
   * with the reason of an abort. Events must be taken for a trace to go on, so this alone does not wait long.
   */
  readonly finished: Promise<TraceEnd>;
  /**
   * Leaves the tracees now; the iteration gives what was seen until then, the coverage last, and ends.
   * A launched program that still runs is killed.
   */
  stop(): void;
  /** Gives up: as leaving a `for await` loop does. Resolves when nothing of the trace is left. */
  return(): Promise<IteratorReturnResult<undefined>>;
}

/**
 * Starts a program and traces it. It gets standard input, output and error of this process, unless `stdio` says
 * otherwise. What is wrong with the options is an OptionError, by which the iteration and `finished` reject.
 *
 * @param program a path, or a name that is looked up in PATH
 * @param args without the name of the program
 */
export function trace(
  program: string,
  args: readonly string[] = [],
  options: LaunchOptions = {},
): Trace {
  return new WorkerTrace(() => prepareLaunch(program, args, options));
}

/** Traces processes that run already, with all their threads. They go on unharmed afterwards. */
export function attach(pids: number | readonly number[], options: TraceOptions = {}): Trace {
  return new WorkerTrace(() => prepareAttach(pids, options));
}

interface Waiter {
  resolve(result: IteratorResult<TraceEvent, undefined>): void;
  reject(error: unknown): void;
}

/** undefined while it runs. */
type Outcome =
  | { readonly kind: 'ended'; readonly end: TraceEnd }
  | { readonly kind: 'failed'; readonly error: Error };

/** One for all sessions of the process. */
const LOCK_MEMORY = makeLockMemory();

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

class WorkerTrace implements Trace {
  readonly finished: Promise<TraceEnd>;
  readonly stdin: StdioStreams['stdin'];
  readonly stdout: StdioStreams['stdout'];
  readonly stderr: StdioStreams['stderr'];
  readonly stdio: StdioStreams['stdio'];
  private readonly programStdio: ProgramStdio | undefined;
  private readonly flow: FlowReceiver;
  private readonly port: MessagePort;
  private readonly unpacker = new EventUnpacker();
  private readonly batches: (readonly WireEvent[])[] = [];
  /** The next event is this one of the first batch. */
  private position = 0;
  private readonly waiters: Waiter[] = [];
  private interruptHandle: InterruptHandle | undefined;
  private isStopped = false;
  private abortedWith: Error | undefined;
  private reported: Outcome | undefined;
  private outcome: Outcome | undefined;
  private settle: (outcome: Outcome) => void = () => undefined;
  private failureTold = false;

  /** @param prepare may throw: then the trace has failed before it began */
  constructor(prepare: () => PreparedRequest) {
    this.finished = new Promise((resolve, reject) => {
      this.settle = (outcome) => {
        if (outcome.kind === 'ended') resolve(outcome.end);
        else reject(outcome.error);
      };
    });
    // Whoever iterates hears of a failure there, and need not look here.
    this.finished.catch(() => undefined);
    const flowMemory = makeFlowMemory();
    this.flow = new FlowReceiver(flowMemory);
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const prepared = preparedOr(prepare);
    this.programStdio = prepared instanceof Error ? undefined : prepared.stdio;
    const streams = this.programStdio?.streams ?? NO_STREAMS;
    ({ stdin: this.stdin, stdout: this.stdout, stderr: this.stderr, stdio: this.stdio } = streams);
    if (prepared instanceof Error || prepared.signal?.aborted === true) {
      port1.close();
      const error = prepared instanceof Error ? prepared : reasonOf(prepared.signal);
      this.end({ kind: 'failed', error });
      return;
    }
    const { request, signal } = prepared;
    this.run({ request, port: port2, flowMemory, lockMemory: LOCK_MEMORY }, signal);
  }

  next(): Promise<IteratorResult<TraceEvent, undefined>> {
    const event = this.takeEvent();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.outcome === undefined) {
      return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }));
    }
    return new Promise((resolve, reject) => this.answerEnd({ resolve, reject }));
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.abandon();
    await this.finished.catch(() => undefined);
    return DONE;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  stop(): void {
    this.isStopped = true;
    if (this.interruptHandle !== undefined) interruptFromAnotherThread(this.interruptHandle);
  }

  private run(start: WorkerStart, signal: AbortSignal | undefined): void {
    const worker = new Worker(path.join(__dirname, 'worker.js'), {
      name: 'tsltrace',
      workerData: start,
      transferList: [start.port],
      // The host's own loaders and debugger are not for the engine.
      execArgv: [],
      // Else Node opens the host's streams, which makes pipes non-blocking that the tracee shares.
      stdout: true,
      stderr: true,
    });
    const forgetExit = leaveBeforeExit(() => this.leaveAtOnce());
    const onAbort = (): void => {
      this.abortedWith = reasonOf(signal);
      this.abandon();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.port.on('message', (message: WorkerMessage) => this.receive(message));
    worker.once('error', (error) => (this.reported ??= { kind: 'failed', error }));
    worker.once('exit', (code) => {
      this.drain((message) => this.receive(message));
      this.port.close();
      signal?.removeEventListener('abort', onAbort);
      forgetExit();
      const unexpected = new Error(`the tracing thread ended with status ${code}`);
      const how = this.reported ?? { kind: 'failed', error: unexpected };
      const aborted = this.abortedWith;
      this.end(aborted === undefined ? how : { kind: 'failed', error: aborted });
    });
  }

  private receive(message: WorkerMessage): void {
    switch (message.kind) {
      case 'ready':
        this.interruptHandle = message.interrupt;
        if (this.isStopped || this.flow.isAbandoned) this.stop();
        return;
      case 'launched':
        this.programStdio?.close();
        return;
      case 'events':
        if (!this.flow.isAbandoned) this.batches.push(message.events);
        this.answerWaiters();
        return;
      case 'ended':
        this.reported = message;
        return;
      case 'failed':
        this.reported = { kind: 'failed', error: unpackError(message.error) };
        return;
    }
  }

  private takeEvent(): TraceEvent | undefined {
    const [batch] = this.batches;
    const packed = batch?.[this.position];
    if (batch === undefined || packed === undefined) return undefined;
    this.position++;
    if (this.position === batch.length) {
      this.position = 0;
      this.batches.shift();
      // In a later turn: no more than what is under way keeps the event loop busy in one.
      setImmediate(() => this.flow.consumed());
    }
    return this.unpacker.unpack(packed);
  }

  private answerWaiters(): void {
    while (this.waiters.length > 0 && this.batches.length > 0) {
      const event = this.takeEvent();
      if (event !== undefined) this.waiters.shift()?.resolve({ done: false, value: event });
    }
  }

  private abandon(): void {
    if (this.outcome !== undefined || this.flow.isAbandoned) return;
    this.batches.length = 0;
    this.position = 0;
    this.flow.abandon();
    this.stop();
  }

  /** At the exit of the host, when no message arrives any more. */
  private leaveAtOnce(): void {
    this.flow.abandon();
    this.drain((message) => {
      if (message.kind === 'ready') this.interruptHandle = message.interrupt;
    });
    this.stop();
    this.flow.waitForEnd(LONGEST_LEAVING_MS);
  }

  private drain(take: (message: WorkerMessage) => void): void {
    for (;;) {
      const received = receiveMessageOnPort(this.port) as { message: WorkerMessage } | undefined;
      if (received === undefined) return;
      take(received.message);
    }
  }

  private end(outcome: Outcome): void {
    this.outcome = outcome;
    this.programStdio?.programEnded();
    this.settle(outcome);
    for (const waiter of this.waiters.splice(0)) this.answerEnd(waiter);
  }

  /** A failure is told once, then the iteration is over, as that of a generator. */
  private answerEnd(waiter: Waiter): void {
    const { outcome } = this;
    if (outcome?.kind === 'failed' && !this.failureTold) {
      this.failureTold = true;
      waiter.reject(outcome.error);
    } else waiter.resolve(DONE);
  }
}

function preparedOr(prepare: () => PreparedRequest): PreparedRequest | Error {
  try {
    return prepare();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Usually an error; whatever the host chose is passed on as it is. */
function reasonOf(signal: AbortSignal | undefined): Error {
  return signal?.reason as Error;
}

/** Threads of a tracee that cannot stop at once get this long, see the engine's way of leaving. */
const LONGEST_LEAVING_MS = 5000;
