/**
 * A host of the library, in a process of its own: carries out one scenario and prints what it saw as JSON
 * on standard error. Usage: library-driver.js SCENARIO [WORD …]
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeSync } from 'node:fs';

const touched: string[] = [];
for (const name of ['stdin', 'stdout', 'stderr'] as const) {
  const real = Object.getOwnPropertyDescriptor(process, name);
  Object.defineProperty(process, name, {
    configurable: true,
    get: () => {
      touched.push(name);
      return real?.get?.call(process) as unknown;
    },
  });
}
const listenersBefore = listenerCounts();

import {
  attach,
  readTrace,
  trace,
  UserError,
  type Trace,
  type TraceEvent,
} from '../../src/index.js';
import { shownExactly } from './odd-values.js';

type Scenario = (words: readonly string[]) => Promise<unknown>;

const scenarios: Readonly<Record<string, Scenario>> = {
  /** Everything of one program. */
  async all([program = '', ...args]) {
    const run = trace(program, args, { calls: '@MAIN' });
    const seen = await count(run);
    return { ...seen, end: await run.finished };
  },

  async breaksOff([program = '', ...args]) {
    const run = trace(program, args, { calls: '@MAIN' });
    let first = 0;
    for await (const { pid } of run) {
      first = Number(pid);
      if (first !== 0) break;
    }
    return { end: await run.finished, again: (await run.next()).done };
  },

  async aborts([program = '', ...args]) {
    const controller = new AbortController();
    const run = trace(program, args, { signal: controller.signal });
    const pid = await firstProcess(run);
    setTimeout(() => controller.abort(new Error('enough')), 100);
    const started = performance.now();
    const failure = await rejection(count(run));
    const finished = await rejection(run.finished);
    const late = await rejection(count(trace(program, args, { signal: controller.signal })));
    const milliseconds = performance.now() - started;
    return { failure, finished, late, milliseconds, alive: isThere(pid) };
  },

  async stops([program = '', ...args]) {
    const run = trace(program, args, { calls: '@MAIN' });
    const kinds: string[] = [];
    let id: string | undefined;
    for await (const event of run) {
      if (event.kind === 'session-started') id = event.identity?.run;
      if (event.kind === 'call') run.stop();
      kinds.push(event.kind);
    }
    return { last: kinds.at(-1), id, end: await run.finished };
  },

  async attaches([pid = '']) {
    const run = attach(Number(pid), { calls: '@MAIN' });
    let calls = 0;
    for await (const event of run) {
      if (event.kind === 'return' && ++calls === 5) break;
    }
    return { calls, end: await run.finished };
  },

  /** Takes one event, then none for a while, then all. */
  async waits([program = '', ...args]) {
    const run = trace(program, args, { calls: '@MAIN' });
    let ended = false;
    void run.finished.then(() => (ended = true));
    await firstProcess(run);
    const before = process.memoryUsage().rss;
    let most = 0;
    for (let i = 0; i < 20; i++) {
      await sleep(50);
      most = Math.max(most, process.memoryUsage().rss);
    }
    const grownMiB = (most - before) / (1 << 20);
    return { endedMeanwhile: ended, grownMiB, ...(await count(run)), end: await run.finished };
  },

  /** How long the host's event loop was away, at most, while it took events. */
  async staysFree([program = '', ...args]) {
    let last = performance.now();
    let longest = 0;
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    const started = performance.now();
    const seen = await count(trace(program, args, { calls: '@MAIN' }));
    clearInterval(timer);
    return { ...seen, longestMs: longest, eventsPerSecond: rate(seen.events, started) };
  },

  async several([program = '', ...counts]) {
    return Promise.all(
      counts.map(async (times) => (await count(trace(program, [times], { calls: '@MAIN' }))).calls),
    );
  },

  async leavesNothing([program = '', ...args]) {
    const once = async (): Promise<void> => {
      for await (const event of trace(program, args, { calls: '@MAIN' })) {
        if (event.kind === 'call') break;
      }
    };
    await once();
    await sleep(200);
    const before = resources();
    for (let i = 0; i < 12; i++) await once();
    for (let round = 0; round < 4; round++) await Promise.all([once(), once(), once(), once()]);
    await sleep(200);
    return { before, after: resources() };
  },

  /** Exits in the middle of a trace. */
  async exits([pid = '', program = '', ...args]) {
    const launched = trace(program, args);
    const attached = attach(Number(pid), { calls: '@MAIN' });
    const launchedPid = await firstProcess(launched);
    for await (const event of attached) {
      if (event.kind !== 'return') continue;
      report({ launchedPid });
      process.exit(7);
    }
    return 'never';
  },

  async fails() {
    const child = spawn('sleep', ['30'], { stdio: 'ignore' });
    const failure = async (run: Trace): Promise<unknown> => {
      const error = await count(run).catch((reason: unknown) => reason);
      await rejection(run.finished);
      return error instanceof UserError ? [error.status, error.message] : String(error);
    };
    const failures = {
      notFound: await failure(trace('no-such-program')),
      filter: await failure(trace('true', [], { calls: 'ma[lloc' })),
      where: await failure(trace('true', [], { where: 'arg1 >' })),
      length: await failure(trace('true', [], { stringLength: -1 })),
      pid: await failure(attach(-3)),
      noPid: await failure(attach([])),
      gone: await failure(attach(2147483600)),
      itself: await failure(attach(process.pid)),
      ownChild: await failure(attach(child.pid ?? -1)),
      nul: await failure(trace('true', ['a\0b'])),
      directory: await failure(trace('/tmp')),
    };
    child.kill('SIGKILL');
    return failures;
  },

  /** Calls with values that are easily lost, exactly. */
  async oddValues([program = '', prototypes = '']) {
    const options = { calls: 'v_*', prototypePaths: [prototypes], stringLength: 20_000_000 };
    const shown: string[] = [];
    for await (const event of trace(program, [], options)) {
      if (event.kind === 'call') shown.push(shownExactly(event));
    }
    return { shown };
  },

  async reads([path = '']) {
    return count(readTrace(path));
  },
};

async function count(events: AsyncIterable<TraceEvent>) {
  const calls: Record<string, number> = {};
  const open = new Set<object>();
  let sameObject = true;
  let total = 0;
  let last = '';
  for await (const event of events) {
    total++;
    last = event.kind;
    if (event.kind === 'call') open.add(event);
    if (event.kind !== 'return') continue;
    sameObject &&= open.delete(event.call);
    calls[event.call.symbol] = (calls[event.call.symbol] ?? 0) + 1;
  }
  return { events: total, calls, sameObject, stillOpen: open.size, last };
}

async function firstProcess(run: Trace): Promise<number> {
  for (;;) {
    const { done, value } = await run.next();
    if (done === true) throw new Error('it ended before a process began');
    if (value.kind === 'process-started') return Number(value.pid);
  }
}

async function rejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function resources() {
  const status = readFileSync('/proc/self/status', 'latin1');
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    caught: /^SigCgt:\t(\w+)$/m.exec(status)?.[1],
    children: readdirSync('/proc/self/task').flatMap((tid) =>
      readFileSync(`/proc/self/task/${tid}/children`, 'latin1').split(' ').filter(Boolean),
    ),
    listeners: listenerCounts(),
    residentMiB: Math.round(process.memoryUsage().rss / (1 << 20)),
  };
}

function listenerCounts(): Readonly<Record<string, number>> {
  return Object.fromEntries(
    process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
  );
}

function isThere(pid: number): boolean {
  return readdirSync('/proc').includes(String(pid));
}

function rate(events: number, started: number): number {
  return Math.round(events / ((performance.now() - started) / 1000));
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function report(result: unknown): void {
  writeSync(2, `${JSON.stringify({ result, touched, listenersBefore })}\n`);
}

const [name = '', ...words] = process.argv.slice(2);
void scenarios[name]?.(words).then(report, (error: unknown) => {
  report({ unexpected: String(error) });
  process.exitCode = 1;
});
