/**
 * Traces processes that are killed meanwhile, while we attach to them, leave them, or from their beginning to their
 * end: each at another of the requests that the engine makes to Linux for it, from the first to the last.
 *
 * Usage: dying-driver.js attach|leave PID… or dying-driver.js launch TIMES COMMAND…; prints one line of JSON on
 * standard error: a {@link DyingReport}.
 */
import { writeSync } from 'node:fs';

import { silentLog } from '../../src/base/debug-log.js';
import { pause } from '../../src/base/pause.js';
import { Tracer } from '../../src/engine/tracer.js';
import { LinuxKernel } from '../../src/kernel/linux/linux-kernel.js';
import { prepareSession } from '../../src/library/engine-options.js';
import type { RequestedTarget } from '../../src/library/session-request.js';
import type { TraceEvent } from '../../src/trace/event.js';
import { isAlive } from './processes.js';
import { watched } from './watched-kernel.js';

export interface DyingReport {
  /** Requests that were made for a process that lived on. */
  readonly requests: number;
  /** What came of each process but the first: the last event, or the error. */
  readonly ends: readonly string[];
}

/** So many are killed one request after the other at the end: what comes last is done in few. */
const LAST_ONES = 20;

type Phase = 'attach' | 'leave' | 'launch';

const kernel = LinuxKernel.open({ signals: 'leaving', descriptors: 'standard', spin: 'auto' });

/** One process, its tracer, and when it is to be killed. */
class Case {
  made = 0;
  private end = '';
  /** No event that comes after it makes up for it. */
  private error: string | undefined;
  private pid: number | undefined;
  private isCounted = false;

  constructor(
    private readonly phase: Phase,
    private readonly target: RequestedTarget,
    private readonly killedAt: number,
  ) {
    this.pid = target.kind === 'attach' ? target.pids[0] : undefined;
  }

  run(): this {
    const { options } = prepareSession(
      { target: this.target, options: { calls: '*', follow: true }, hostEnvironment: {} },
      '',
    );
    const sink = {
      accept: (event: TraceEvent) => this.note(event),
      flush: () => undefined,
      finish: () => undefined,
    };
    const tracer = new Tracer({
      kernel: watched(kernel, () => this.beforeRequest()),
      options,
      sink,
      log: silentLog,
    });
    try {
      this.isCounted = this.phase !== 'leave';
      tracer.start();
      if (this.phase === 'attach' && this.made <= this.killedAt) this.kill();
      this.isCounted = this.phase !== 'attach';
      if (this.phase !== 'leave') tracer.run();
      tracer.leave();
    } catch (error) {
      this.error = String(error).replaceAll(String(this.pid), 'PID');
    }
    this.isCounted = false;
    tracer.leave();
    this.kill();
    return this;
  }

  get outcome(): string {
    return this.error ?? this.end;
  }

  private note(event: TraceEvent): void {
    if (event.kind === 'process-started') this.pid ??= event.pid;
    const isEnd = event.kind !== 'coverage' && event.kind !== 'notice';
    if (isEnd && event.pid === this.pid) this.end = event.kind;
  }

  private beforeRequest(): void {
    if (this.isCounted && this.made++ === this.killedAt) this.kill();
  }

  private kill(): void {
    if (this.pid === undefined || !isAlive(this.pid)) return;
    process.kill(this.pid, 'SIGKILL');
    for (let waited = 0; waited < 5_000 && isAlive(this.pid); waited++) pause(1);
  }
}

/** @param targets the first one lives on */
function report(phase: Phase, [first, ...others]: readonly RequestedTarget[]): DyingReport {
  if (first === undefined) throw new Error('no target');
  const { made } = new Case(phase, first, Infinity).run();
  const spread = phase === 'attach' ? others.length - LAST_ONES : others.length - 1;
  const ends = others.map((target, index) => {
    const killedAt =
      index < spread ? Math.round((index * made) / spread) : made - (others.length - 1 - index);
    return new Case(phase, target, killedAt).run().outcome;
  });
  return { requests: made, ends };
}

function targetsOf(phase: string, words: readonly string[]): readonly RequestedTarget[] {
  if (phase !== 'launch') return words.map((pid) => ({ kind: 'attach', pids: [Number(pid)] }));
  const [times, program = '', ...args] = words;
  return Array.from({ length: Number(times) }, () => ({
    kind: 'launch',
    program,
    args,
    environment: Object.fromEntries(
      Object.entries(process.env).map(([name, value = '']) => [name, value]),
    ),
  }));
}

const [phase = '', ...words] = process.argv.slice(2);
if (phase !== 'attach' && phase !== 'leave' && phase !== 'launch') throw new Error('which phase?');
writeSync(2, `${JSON.stringify(report(phase, targetsOf(phase, words)))}\n`);
