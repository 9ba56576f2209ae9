/** Stops that come in an order which real programs show one time in hundreds. */
import { toAddress, wordAsNumber } from '../../src/base/address.js';
import { silentLog } from '../../src/base/debug-log.js';
import { SystemError, TraceeGone } from '../../src/base/errors.js';
import { toProcessId, toThreadId } from '../../src/base/ids.js';
import { SiteReasons } from '../../src/engine/points/site-reasons.js';
import type { Thread } from '../../src/engine/tracees/tracee.js';
import { BreakpointSite } from '../../src/engine/memory/site.js';
import type { Target } from '../../src/engine/engine-options.js';
import { Tracer } from '../../src/engine/tracer.js';
import { openTracer, type OpenTracer } from '../support/open-tracer.js';
import { attachedKernel, bareOptions } from '../support/attached-kernel.js';
import type { ScriptedKernel } from '../support/scripted-kernel.js';
import { anyStatus, statusOf, type ScriptedStep } from '../support/scripted-kernel.js';

const STOP = 128;
const FORK = 1;
/** Offset in user_regs_struct of x86-64. */
const PC = 128;
const SITE = 0x1000;

const stop = (tid: number, status: number, eventMessage = 0): ScriptedStep => ({
  kind: 'stop',
  tid,
  status,
  eventMessage,
});

const ctrlC: ScriptedStep = { kind: 'interrupted', by: { kind: 'signal', signal: 2 } };

/** @param meanwhile what happens after the attach */
function run(kernel: ScriptedKernel, meanwhile?: (open: OpenTracer) => void): string[] {
  const sink = { accept: () => undefined, flush: () => undefined, finish: () => undefined };
  const target: Target = { kind: 'attach', pid: toProcessId(42) };
  const open = openTracer({ kernel, options: bareOptions([target]), sink, log: silentLog });
  const { tracer } = open;
  tracer.start();
  meanwhile?.(open);
  kernel.calls.length = 0;
  tracer.run();
  return kernel.calls.filter((call) => /^(resume|detach|listen|interrupt|suspend)( |$)/.test(call));
}

/** In the only process, though its file has nothing to trace. */
function placeSite({ context: { table } }: OpenTracer): void {
  const copy = toAddress(0x7000);
  const site = new BreakpointSite(
    {
      address: toAddress(SITE),
      originalByte: 0x55,
      code: Uint8Array.of(0x55, 0x90),
      copy,
      copyBytes: 6,
      instruction: { originalBytes: 1, pushes: 0, reachablePastTrap: false },
    },
    new SiteReasons<Thread>(),
  );
  for (const { space } of table.processes) {
    space.sites.set(SITE, site);
    space.copies.set(copy, site);
  }
}

describe('a thread that ran into a trap just before it was asked to stop', () => {
  it('is not let go before it has reported the trap', () => {
    const pastTrap = { [PC]: SITE + 1 };
    const ours = { ...stop(42, statusOf.event(STOP)), registers: pastTrap };
    const kernel = attachedKernel([42], [ctrlC, ours, stop(42, statusOf.trap)]);
    kernel.memory.map(SITE, Uint8Array.of(0xcc, 0x90));
    const seen = run(kernel, (open) => {
      kernel.statuses.set(42, anyStatus(42, { pending: 1n << 4n }));
      placeSite(open);
    });
    expect(seen).toEqual(['interrupt 42', 'resume 42 continue 0', 'detach 42 0']);
    // It meets its own instruction when it goes on.
    kernel.readRegisters(toThreadId(42));
    expect(wordAsNumber(kernel.registers, PC)).toBe(SITE);
    expect(kernel.calls).toContain(`write 42 ${SITE.toString(16)} 55`);
  });
});

describe('a thread that stands at a stop when we are asked to suspend ourselves', () => {
  it('goes on first, and so do those that stop meanwhile', () => {
    const steps: ScriptedStep[] = [
      { kind: 'interrupted', by: { kind: 'suspension' } },
      stop(42, statusOf.signal(20)),
      { kind: 'interrupted', by: { kind: 'timer' } },
      stop(44, statusOf.groupStop(20)),
    ];
    const kernel = attachedKernel([42, 44], steps);
    // Every look at the clock finds it a second later.
    kernel.now = () => (kernel.time += 1e9);
    expect(run(kernel)).toEqual(['resume 42 continue 20', 'listen 44', 'suspend']);
  });
});

describe('a thread that begins while its process is being stopped', () => {
  it('joins in the stop', () => {
    const kernel = attachedKernel(
      [42],
      [stop(42, statusOf.event(3), 43), stop(43, statusOf.groupStop(19))],
    );
    kernel.statuses.set(43, anyStatus(43, { processId: toProcessId(42) }));
    expect(run(kernel)).toEqual(['listen 43', 'resume 42 continue 0']);
  });
});

describe('a process that is stopped when it is attached to', () => {
  it('executes nothing before it is stopped again', () => {
    const stopped = stop(42, statusOf.groupStop(19));
    const kernel = attachedKernel([42], []);
    // In place of the stop of a running one.
    kernel.waitForStop(toThreadId(42));
    kernel.push(stopped, stopped);
    const seen: string[] = [];
    run(kernel, () => seen.push(...kernel.calls));
    const requests = seen.filter((call) => /^(interrupt|resume|listen) /.test(call));
    expect(requests).toEqual(['interrupt 42', 'interrupt 42', 'resume 42 continue 0', 'listen 42']);
  });
});

describe('a child whose parent ended in the middle of fork', () => {
  it('is let go', () => {
    const kernel = attachedKernel(
      [42],
      [stop(43, statusOf.event(STOP)), stop(42, statusOf.killed(9))],
    );
    kernel.statuses.set(43, anyStatus(43, { parent: 42 }));
    expect(run(kernel)).toEqual(['detach 43 0']);
  });

  it('is known from its parent where that lives', () => {
    const kernel = attachedKernel(
      [42],
      [stop(43, statusOf.event(STOP)), stop(42, statusOf.event(FORK), 43)],
    );
    kernel.statuses.set(43, anyStatus(43, { parent: 42 }));
    expect(run(kernel)).toEqual(['detach 43 0', 'resume 42 continue 0']);
  });
});

describe('an error in the middle of a stop', () => {
  function forkThatFails(): ScriptedKernel {
    const child = stop(43, statusOf.event(STOP));
    const kernel = attachedKernel([42, 44], [stop(42, statusOf.event(FORK), 43), child]);
    kernel.statuses.set(43, anyStatus(43, { parent: 42 }));
    const detach = kernel.detach.bind(kernel);
    kernel.detach = (tid, signal) => {
      if (tid === toThreadId(43)) throw new SystemError('ptrace(PTRACE_DETACH)', 5, 'EIO');
      return detach(tid, signal);
    };
    return kernel;
  }

  function leftAfterError(kernel: ScriptedKernel): string[] {
    const sink = { accept: () => undefined, flush: () => undefined, finish: () => undefined };
    const target: Target = { kind: 'attach', pid: toProcessId(42) };
    const tracer = new Tracer({ kernel, options: bareOptions([target]), sink, log: silentLog });
    tracer.start();
    expect(() => tracer.run()).toThrow(/PTRACE_DETACH/);
    kernel.calls.length = 0;
    kernel.push(stop(44, statusOf.event(STOP)));
    tracer.leave();
    return kernel.calls.filter((call) => call.startsWith('detach '));
  }

  it('leaves the thread that stands at it, whatever stopped meanwhile', () => {
    expect(leftAfterError(forkThatFails()).sort()).toEqual(['detach 42 0', 'detach 44 0']);
  });

  it('is told where another thread is gone, and not this one', () => {
    const kernel = attachedKernel([42, 44], [stop(42, statusOf.event(FORK), 43)]);
    kernel.statuses.set(43, anyStatus(43, { parent: 42 }));
    kernel.eventMessage = () => {
      throw new TraceeGone(44);
    };
    expect(() => run(kernel)).toThrow('thread 44 is gone');
  });

  it('is none where this thread is gone itself', () => {
    const kernel = attachedKernel([42], [stop(42, statusOf.event(FORK), 43)]);
    kernel.eventMessage = () => {
      kernel.gone.add(42);
      throw new TraceeGone(42);
    };
    kernel.push(stop(42, statusOf.killed(9)));
    expect(run(kernel)).toEqual([]);
  });
});

describe('a process whose first thread ended before others', () => {
  it('is left without waiting for it', () => {
    const kernel = attachedKernel([42, 44], [ctrlC, stop(44, statusOf.event(STOP))]);
    const zombie = anyStatus(42, { state: 'Z' });
    expect(run(kernel, () => kernel.statuses.set(42, zombie))).toEqual([
      'interrupt 44',
      'detach 44 0',
    ]);
  });
});

describe('a thread that the kernel does not let be stopped', () => {
  const inTheKernel = { state: 'D', call: undefined, pc: undefined };
  const alarm: ScriptedStep = { kind: 'interrupted', by: { kind: 'timer' } };

  it('is let go without, once the others are', () => {
    const kernel = attachedKernel([42, 44], [ctrlC, stop(42, statusOf.event(STOP)), alarm]);
    const seen = run(kernel, () => kernel.standings.set(44, inTheKernel));
    expect(seen).toEqual(['interrupt 42', 'interrupt 44', 'detach 42 0']);
  });

  it('is let go when it stops nevertheless', () => {
    const kernel = attachedKernel(
      [42, 43, 44],
      [
        ctrlC,
        stop(42, statusOf.event(STOP)),
        alarm,
        stop(44, statusOf.signal(10)),
        stop(43, statusOf.event(STOP)),
      ],
    );
    const seen = run(kernel, () => kernel.standings.set(44, inTheKernel));
    expect(seen.slice(3)).toEqual(['detach 42 0', 'detach 44 10', 'detach 43 0']);
  });

  it('is not the one that an attach waits for', () => {
    const kernel = attachedKernel([], []);
    kernel.threadsOf.set(42, [42, 44]);
    kernel.statuses.set(44, anyStatus(44, { processId: toProcessId(42) }));
    kernel.standings.set(42, inTheKernel);
    kernel.waitForStop(toThreadId(42));
    kernel.push(stop(44, statusOf.event(STOP)), stop(42, statusOf.exited(0)));
    const seen: string[] = [];
    run(kernel, () => seen.push(...kernel.calls));
    expect(seen.filter((call) => /^(interrupt|resume) /.test(call))).toEqual([
      'interrupt 44',
      'resume 44 continue 0',
    ]);
  });

  it('is left to itself for another where it took long', () => {
    const kernel = attachedKernel([42, 44], []);
    kernel.waitForStop(toThreadId(42));
    kernel.push(alarm, stop(44, statusOf.event(STOP)), stop(42, statusOf.event(STOP)));
    const seen: string[] = [];
    run(kernel, () => seen.push(...kernel.calls));
    expect(seen.filter((call) => /^(interrupt|resume) /.test(call))).toEqual([
      'interrupt 42',
      'interrupt 44',
      'resume 44 continue 0',
    ]);
  });
});
