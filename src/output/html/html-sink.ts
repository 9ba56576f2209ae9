/** Writes one HTML file that shows a trace: totals of everything, and as many single calls as a browser takes. */
import { signalName } from '../../base/signal-names.js';
import type { CoverageEvent, SessionStarted, TraceEvent, Where } from '../../trace/event.js';
import type { TraceSink } from '../../trace/sink.js';
import type { OutputStream } from '../output-stream.js';
import { StackBook } from '../stacks/stack-book.js';
import { escapeName } from '../text/escape.js';
import type { NameStyle } from '../text/look.js';
import { unmatchedLines } from '../text/unmatched-text.js';
import { CallSample, Words } from './call-sample.js';
import { htmlDocument, identityFacts } from './document.js';
import { FunctionBook } from './function-book.js';
import type { CoverageData, PageData, StacksData } from './page-data.js';

const MOST_HAPPENINGS = 2000;
const MOST_STACKS = 5000;
const MOST_PLACES = 1000;

export interface PageOptions {
  readonly names: NameStyle;
  /** 'counted', as `-c` counts them: no arguments, no call by itself. */
  readonly calls: 'one-by-one' | 'counted';
}

export class HtmlSink implements TraceSink {
  private readonly functions: FunctionBook;
  private readonly sample: CallSample | undefined;
  private readonly stacks: StackBook;
  private readonly happenings: (readonly [at: number, thread: number, text: string])[] = [];
  private session: SessionStarted | undefined;
  private coverage: CoverageEvent | undefined;
  private lastAt = 0;
  private calls = 0;

  constructor(
    private readonly stream: OutputStream,
    { names, calls }: PageOptions,
  ) {
    this.functions = new FunctionBook(names);
    this.sample = calls === 'one-by-one' ? new CallSample(names) : undefined;
    this.stacks = new StackBook(names);
  }

  readonly mayLag = true;

  accept(event: TraceEvent): void {
    this.lastAt = Math.max(this.lastAt, event.at);
    this.stacks.accept(event);
    if (event.kind === 'call' || event.kind === 'syscall') {
      this.calls++;
      this.sample?.enter(event);
    } else if (
      event.kind === 'return' ||
      event.kind === 'syscall-return' ||
      event.kind === 'call-abandoned'
    ) {
      this.functions.accept(event);
      this.sample?.leave(event);
    } else this.acceptHappening(event);
  }

  flush(): void {
    // All of it is written at the end.
  }

  finish(): void {
    this.stream.write(htmlDocument(this.page()));
    this.stream.finish();
  }

  private acceptHappening(event: TraceEvent): void {
    if (event.kind === 'session-started') this.session = event;
    if (event.kind === 'coverage') this.coverage = event;
    if (event.kind === 'process-started' || event.kind === 'exec') {
      this.sample?.program(event.pid, event.program);
    }
    const text = happeningOf(event);
    if (text !== undefined) this.note(event, text);
  }

  private note({ at, tid }: Where, text: string): void {
    if (this.happenings.length < MOST_HAPPENINGS) this.happenings.push([at, tid, escapeName(text)]);
  }

  private page(): PageData {
    const { functions, leftOut } = this.functions.rows();
    const { edges, leftOut: edgesLeftOut } = this.functions.edges();
    const command = (this.session?.command ?? []).map(escapeName).join(' ');
    return {
      title: command === '' ? 'a running process' : command,
      facts: this.facts(),
      trace: {
        functions,
        functionsLeftOut: leftOut,
        edges,
        edgesLeftOut,
        ...(this.sample !== undefined && { sample: this.sample.data() }),
        stacks: this.stacksData(),
        happenings: this.happenings,
        coverage: coverageData(this.coverage),
      },
    };
  }

  private facts(): PageData['facts'] {
    const { session, functions } = this;
    return [
      ['calls', `${this.calls}`],
      ['failed', `${functions.errors}`],
      ['time', `${(this.lastAt / NS_PER_S).toFixed(6)} s`],
      ...(session === undefined ? [] : sessionFacts(session)),
    ];
  }

  private stacksData(): StacksData {
    const all = this.stacks.all;
    const words = new Words();
    const stacks = all
      .slice(0, MOST_STACKS)
      .map(
        ({ frames, calls, self }) =>
          [frames.map((frame) => words.place(frame)), calls, self] as const,
      );
    const kind = this.stacks.hasBacktraces ? 'frames' : 'calls';
    return { kind, words: words.all, stacks, leftOut: Math.max(0, all.length - MOST_STACKS) };
  }
}

const NS_PER_S = 1_000_000_000;
const NS_PER_MS = 1_000_000n;

function sessionFacts(session: SessionStarted): PageData['facts'] {
  const { wallStart, version, tracingCost, identity } = session;
  const start = new Date(Number(wallStart / NS_PER_MS));
  return [
    ...(Number.isNaN(start.getTime()) ? [] : [['began', start.toISOString()] as const]),
    ...identityFacts(identity),
    ['tsltrace', escapeName(version)],
    ...(tracingCost > 0
      ? [['tracing adds to a call', `at least ${(tracingCost / 1000).toFixed(1)} µs`] as const]
      : []),
  ];
}

function coverageData(coverage: CoverageEvent | undefined): CoverageData {
  const modules = (coverage?.modules ?? []).slice(0, MOST_PLACES);
  return {
    modules: modules.map(({ module, path, placed, unreadable = '' }) => ({
      module: escapeName(module),
      path: escapeName(path),
      placed,
      unreadable: escapeName(unreadable),
    })),
    refused: modules
      .flatMap(({ module, refused }) =>
        refused.map(({ symbol, reason }) => escapeName(`${symbol} of ${module}: ${reason}`)),
      )
      .slice(0, MOST_PLACES),
    unmatched: unmatchedLines(coverage?.unmatchedRules ?? [])
      .slice(0, MOST_PLACES)
      .map(({ rules, reason }) => `${rules} matched nothing: ${reason}`),
  };
}

/** What is told of an event that is no call; undefined where nothing is. */
function happeningOf(event: TraceEvent): string | undefined {
  if (event.kind === 'process-started') return `${event.how} ${event.program}`;
  if (event.kind === 'exec') return `executes ${event.program}`;
  if (event.kind === 'signal') return `gets ${signalName(event.signal)}`;
  if (event.kind === 'exited') return `exits with status ${event.code}`;
  if (event.kind === 'killed') return `is killed by ${signalName(event.signal)}`;
  if (event.kind === 'detached') return 'goes on without us';
  return event.kind === 'notice' ? `${event.severity}: ${event.text}` : undefined;
}
