/** What becomes of a thread that a signal finds in a displaced copy. */
import { toAddress, wordAsNumber } from '../../src/base/address.js';
import { silentLog } from '../../src/base/debug-log.js';
import { toProcessId, toThreadId } from '../../src/base/ids.js';
import { SIGSEGV, SIGSTOP, SIGTSTP } from '../../src/base/signal-numbers.js';
import { SiteReasons } from '../../src/engine/points/site-reasons.js';
import type { Thread } from '../../src/engine/tracees/tracee.js';
import { BreakpointSite } from '../../src/engine/memory/site.js';
import { openTracer } from '../support/open-tracer.js';
import { attachedKernel, bareOptions } from '../support/attached-kernel.js';
import { anyStatus, statusOf, type ScriptedStep } from '../support/scripted-kernel.js';

/** Offsets in user_regs_struct of x86-64. */
const SYSCALL_NUMBER = 120;
const PC = 128;
const FLAGS = 144;
const SP = 152;
/** -1, of which all 64 bits matter. */
const NO_SYSCALL = 2 ** 32 - 1;
const SITE = 0x1000;
const COPY = 0x7000;
const COPY_BYTES = 7;
const TRAP_NOTIFY = statusOf.event(128);
const SIGUSR1 = 10;
/** What `setSignalMask` makes of an empty mask: SIGILL, SIGTRAP, SIGBUS, SIGFPE and SIGSEGV may come. */
const HELD = 'fffffffffffffb27';

/** siginfo_t of a signal that the kernel raised, for an instruction of the thread. */
const RAISED = new Uint8Array(128).fill(1, 8, 9);
const SENT = new Uint8Array(128);

const standing = (
  pc: number,
  status: number,
  signalInfo: Uint8Array,
  registers: Readonly<Record<number, number>> = {},
): ScriptedStep => ({
  kind: 'stop',
  tid: 42,
  status,
  registers: { [PC]: pc, [SYSCALL_NUMBER]: NO_SYSCALL, [SP]: 0x9000, ...registers },
  signalInfo,
});
const atCopy = (status: number, signalInfo = RAISED): ScriptedStep =>
  standing(COPY, status, signalInfo);
/** Behind its first instruction, and not before a jump: it has to step. */
const inCopy = (status: number, signalInfo = RAISED): ScriptedStep =>
  standing(COPY + 1, status, signalInfo);
const atJump = (status: number, signalInfo = RAISED): ScriptedStep =>
  standing(COPY + 2, status, signalInfo);
const outOfCopy = (status: number): ScriptedStep => standing(SITE + COPY_BYTES, status, RAISED);

/** Where the thread was in the end. */
let endedAt = 0;
let stackPointer = 0;
let allCalls: readonly string[] = [];

const ctrlC: ScriptedStep = { kind: 'interrupted', by: { kind: 'signal', signal: 2 } };

/** @returns what is asked of the kernel for a thread that stands at `signal` in a copy, and then makes these steps */
function run(signal: number, steps: readonly ScriptedStep[], caught = 0n): string[] {
  return runFrom([inCopy(statusOf.signal(signal), SENT), ...steps], { caught });
}

/** @returns the same for any steps. What the copy consists of matters to system calls only. */
function runFrom(
  steps: readonly ScriptedStep[],
  { caught = 0n, code = Uint8Array.of(0x55, 0x90, 0xe9, 0, 0, 0, 0), pushes = 0, lasts = false },
): string[] {
  const kernel = attachedKernel([42], steps);
  kernel.memory.map(SITE, new Uint8Array(16));
  kernel.memory.map(COPY, code);
  const sink = { accept: () => undefined, flush: () => undefined, finish: () => undefined };
  const options = bareOptions([{ kind: 'attach', pid: toProcessId(42) }]);
  const { tracer, context } = openTracer({ kernel, options, sink, log: silentLog });
  tracer.start();
  kernel.statuses.set(42, anyStatus(42, { caught }));
  const { table } = context;
  for (const { space } of table.processes) {
    space.scratch.contains = (at) => at >= COPY && at < COPY + COPY_BYTES;
    space.scratch.lasts = () => lasts;
    const site = new BreakpointSite(
      {
        address: toAddress(SITE),
        originalByte: 0x55,
        code: new Uint8Array(16),
        copy: toAddress(COPY),
        copyBytes: COPY_BYTES,
        instruction: { originalBytes: 1, pushes, reachablePastTrap: false },
      },
      new SiteReasons<Thread>(),
    );
    space.sites.set(SITE, site);
    space.copies.set(COPY, site);
  }
  kernel.calls.length = 0;
  tracer.run();
  kernel.readRegisters(toThreadId(42));
  endedAt = wordAsNumber(kernel.registers, PC);
  stackPointer = wordAsNumber(kernel.registers, SP);
  allCalls = kernel.calls;
  return kernel.calls.filter((call) => /^(resume|listen|detach|kill|setSignalMask) /.test(call));
}

const begun = [`setSignalMask 42 ${HELD}`, 'resume 42 step 0'];

describe('a signal that waits for a thread to leave a copy', () => {
  it('is delivered after the step, the others let through again', () => {
    expect(run(SIGUSR1, [outOfCopy(statusOf.trap)])).toEqual([
      ...begun,
      'setSignalMask 42 0',
      'resume 42 continue 10',
    ]);
  });

  it('waits for as many steps as the copy takes', () => {
    expect(run(SIGUSR1, [inCopy(statusOf.trap), outOfCopy(statusOf.trap)])).toEqual([
      ...begun,
      'resume 42 step 0',
      'setSignalMask 42 0',
      'resume 42 continue 10',
    ]);
  });

  it('is not lost where the process is stopped and continued meanwhile', () => {
    const steps = [inCopy(statusOf.groupStop(19)), inCopy(TRAP_NOTIFY), outOfCopy(statusOf.trap)];
    expect(run(SIGUSR1, steps)).toEqual([
      ...begun,
      'listen 42',
      'resume 42 step 0',
      'setSignalMask 42 0',
      'resume 42 continue 10',
    ]);
  });

  it('comes before a SIGSTOP that could not wait', () => {
    const steps = [inCopy(statusOf.signal(SIGSTOP), SENT), outOfCopy(statusOf.trap)];
    expect(run(SIGUSR1, steps)).toEqual([
      ...begun,
      'resume 42 step 0',
      'setSignalMask 42 0',
      'kill 42 19',
      'resume 42 continue 10',
    ]);
  });

  it('comes before a SIGTRAP that somebody sent', () => {
    const sent = inCopy(statusOf.trap, SENT);
    expect(run(SIGUSR1, [sent, outOfCopy(statusOf.trap)])).toEqual([
      ...begun,
      'resume 42 step 0',
      'setSignalMask 42 0',
      'kill 42 5',
      'resume 42 continue 10',
    ]);
  });

  it('takes the place of a fault of the copied instruction, which comes again', () => {
    expect(run(SIGUSR1, [inCopy(statusOf.signal(SIGSEGV))])).toEqual([
      ...begun,
      'setSignalMask 42 0',
      'resume 42 continue 10',
    ]);
  });

  it('is given to a thread that is left meanwhile', () => {
    const steps = [ctrlC, inCopy(TRAP_NOTIFY), outOfCopy(statusOf.trap)];
    expect(run(SIGUSR1, steps)).toEqual([
      ...begun,
      'resume 42 step 0',
      'setSignalMask 42 0',
      'detach 42 10',
    ]);
  });
});

describe('a signal that finds a thread in a copy', () => {
  const signal = statusOf.signal(SIGUSR1);
  const delivered = ['resume 42 continue 10'];
  const MARKED = 0xc0;

  it('of which nothing was executed, is delivered at the instruction itself', () => {
    expect(runFrom([atCopy(signal, SENT)], {})).toEqual(delivered);
    expect(endedAt).toBe(SITE);
  });

  it('before the jump back, is delivered where that goes', () => {
    expect(runFrom([atJump(signal, SENT)], {})).toEqual(delivered);
    expect(endedAt).toBe(COPY + COPY_BYTES);
  });

  it('of a call, whose return address was pushed, is delivered before the call', () => {
    expect(runFrom([inCopy(signal, SENT)], { pushes: 1 })).toEqual(delivered);
    expect([endedAt, stackPointer]).toEqual([SITE, 0x9008]);
  });

  it('lets it go on in the copy when the handler returns, with its own flags', () => {
    const again = standing(SITE + 1, statusOf.trap, RAISED, { [FLAGS]: MARKED });
    expect(runFrom([atCopy(signal, SENT), again], {})).toEqual(delivered);
    expect(allCalls).toContain(`resumeSoon 42 continue ${COPY.toString(16)}`);
    expect(allCalls).toContain(`setRegister 42 ${FLAGS} 0`);
  });

  it('does not keep it there for ever when another comes each time', () => {
    const hit = standing(SITE + 1, statusOf.trap, RAISED, { [FLAGS]: MARKED });
    const interrupted = standing(COPY, signal, SENT, { [FLAGS]: 0 });
    const storm = [interrupted, hit, interrupted, hit, interrupted, hit, interrupted];
    expect(runFrom(storm, {})).toEqual([...delivered, ...delivered, ...delivered, ...begun]);
  });
});

describe('a copy that stays for good in a program that is to outlive us', () => {
  const signal = statusOf.signal(SIGUSR1);

  it('is where a thread gets its signal that cannot be moved out, for a step would be its end if we were killed', () => {
    expect(runFrom([inCopy(signal, SENT)], { lasts: true })).toEqual(['resume 42 continue 10']);
    expect(endedAt).toBe(COPY + 1);
  });

  it('is where it gets on when signals come each time that it is put back', () => {
    const hit = standing(SITE + 1, statusOf.trap, RAISED, { [FLAGS]: 0xc0 });
    const interrupted = standing(COPY, signal, SENT, { [FLAGS]: 0 });
    const storm = [interrupted, hit, interrupted, hit, interrupted, hit, interrupted];
    runFrom(storm, { lasts: true });
    expect(endedAt).toBe(COPY);
  });

  it('is where it is left', () => {
    const steps = [ctrlC, inCopy(signal, SENT)];
    expect(runFrom(steps, { lasts: true })).toEqual(['detach 42 10']);
    expect(endedAt).toBe(COPY + 1);
  });
});

describe('a copy of a system call, which may take for ever,', () => {
  const code = Uint8Array.of(0x0f, 0x05, 0xe9, 0, 0, 0, 0);
  const signal = statusOf.signal(SIGUSR1);
  const called = (status: number, signalInfo: Uint8Array): ScriptedStep =>
    standing(COPY + 2, status, signalInfo, { [SYSCALL_NUMBER]: 0 });

  it('is interrupted by a signal', () => {
    expect(runFrom([called(signal, SENT)], { code })).toEqual(['resume 42 continue 10']);
    expect(endedAt).toBe(COPY + 2);
  });

  it('is left by a signal that comes after it', () => {
    expect(runFrom([atJump(signal, SENT)], { code })).toEqual(['resume 42 continue 10']);
    expect(endedAt).toBe(COPY + COPY_BYTES);
  });

  it('waits for the handler of a signal that comes before it', () => {
    expect(runFrom([atCopy(signal, SENT)], { code })).toEqual(['resume 42 continue 10']);
    expect(endedAt).toBe(SITE);
  });

  it('is not waited for when the thread is left', () => {
    const steps = [ctrlC, called(TRAP_NOTIFY, RAISED)];
    expect(runFrom(steps, { code })).toEqual(['detach 42 0']);
  });
});

describe('a thread that is left in the middle of a copy', () => {
  it('leaves the copy first, and signals wait', () => {
    const steps = [ctrlC, inCopy(TRAP_NOTIFY, RAISED), outOfCopy(statusOf.trap)];
    expect(runFrom(steps, {})).toEqual([...begun, 'setSignalMask 42 0', 'detach 42 0']);
  });

  it('is given the signal at which it stands', () => {
    const steps = [ctrlC, inCopy(statusOf.signal(SIGUSR1), SENT), outOfCopy(statusOf.trap)];
    expect(runFrom(steps, {})).toEqual([...begun, 'setSignalMask 42 0', 'detach 42 10']);
  });

  it('is given a fault at the instruction itself', () => {
    const steps = [ctrlC, inCopy(statusOf.signal(SIGSEGV), RAISED)];
    expect(runFrom(steps, {})).toEqual(['detach 42 11']);
    expect(endedAt).toBe(SITE);
  });
});

describe('a stopping signal that waits for a thread to leave a copy', () => {
  const steps = [inCopy(TRAP_NOTIFY), outOfCopy(statusOf.trap)];

  it('stops nobody when SIGCONT came meanwhile', () => {
    expect(run(SIGTSTP, steps).at(-1)).toBe('resume 42 continue 0');
  });

  it('has its handler run all the same', () => {
    expect(run(SIGTSTP, steps, 1n << 19n).at(-1)).toBe('resume 42 continue 20');
  });

  it('stops when it did not', () => {
    expect(run(SIGTSTP, [outOfCopy(statusOf.trap)]).at(-1)).toBe('resume 42 continue 20');
  });
});
