/** Brings a tracee under control: a program that begins, a process that runs already. */
import { toProcessId, toThreadId, type ProcessId, type ThreadId } from '../../base/ids.js';
import { UserError, unlessGone } from '../../base/errors.js';
import { SIGKILL } from '../../base/signal-numbers.js';
import type { Released } from '../../kernel/threads.js';
import { decodeWaitStatus } from '../../kernel/wait-status.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { LaunchSpec } from '../../kernel/launch-spec.js';
import { AddressSpace } from '../tracees/tracee.js';
import type { Halt } from '../memory/trap-writer.js';
import { cheapestFirst } from '../stops/cost-of-stop.js';
import { whileOneIsStopped } from '../stops/hold.js';
import { archOf } from './arch-of.js';
import { OpenCalls } from '../tracees/open-calls.js';
import { lookAtThreads, tellThreadStates } from './thread-states.js';
import { warnOfGuardian, warnOfLostRights, warnOfRefused } from './start-warnings.js';
import { seizeAll, seizeSharers } from './seize.js';
import { blockTrapAgain, unblockTraps } from '../sigtrap/unblock.js';
import { protectProcess, renewLifeline } from '../sigtrap/protect-process.js';
import type { Module } from '../modules/module.js';
import { Process, Thread, traceOptionsOf } from '../tracees/tracee.js';
import type { TracerContext } from './tracer-context.js';
import { placeOf, resume } from '../stops/stop-context.js';
import { measureTracingCost } from './tracing-cost.js';

/** The first event, before there is any process. */
export function announce({ kernel, options, emitter }: TracerContext): void {
  const tracingCost = options.measureCost ? measureTracingCost(kernel) : 0;
  emitter.emit({
    kind: 'session-started',
    pid: toProcessId(0),
    tid: toThreadId(0),
    at: 0,
    version: options.version,
    ...kernel.startClock(),
    command: options.command,
    tracingCost,
    ...(options.identity !== undefined && { identity: options.identity }),
  });
}

/**
 * Starts the program; it runs when this returns.
 *
 * @param purpose 'load': if it can be told already what would be traced, or never, it is killed before it runs
 */
export function launch(
  context: TracerContext,
  spec: LaunchSpec,
  purpose: 'run' | 'load' = 'run',
): Process {
  const { kernel, table, emitter } = context;
  const tid = kernel.launch(spec, { exitKill: true });
  const pid = tid as unknown as ProcessId;
  const process = unlessGone(() => runningProcess(kernel, pid, 'launch', tid));
  if (process === undefined) throw new UserError(`${spec.program} was killed before it began`);
  // It may not let us see more than its name.
  if (!process.program.includes('/')) process.program = spec.program;
  table.addProcess(process);
  const thread = new Thread(tid, process, new OpenCalls());
  table.addThread(thread);
  emitter.emit({
    kind: 'process-started',
    ...placeOf(context, process, tid),
    how: 'launch',
    program: process.program,
  });
  // Should it be killed already, its end is all that the trace tells.
  unlessGone(() => {
    const signal = prepareProgram(context, thread);
    if (purpose === 'load' && isLookedAt(process.space)) kernel.kill(pid, SIGKILL);
    resume(context, thread, signal);
  });
  return process;
}

/** A process that we hold stands at PTRACE_EVENT_EXEC: it is another program now. */
export function startProgram(context: TracerContext, main: Thread): Released {
  const { kernel, table } = context;
  const { process } = main;
  const arch = archOf(kernel, process.pid, main.tid);
  process.space = new AddressSpace(kernel, arch, traceOptionsOf(process.bond));
  table.addProcess(process);
  table.addThread(main);
  return resume(context, main, prepareProgram(context, main));
}

/** @returns the signal that it is to be resumed with, 0 for none */
function prepareProgram(context: TracerContext, main: Thread): number {
  const { kernel, modules } = context;
  // A system call made at the exec stop would be undone by execve's own return: go behind that first.
  kernel.resume(main.tid, 'syscall', 0);
  kernel.waitForStop(main.tid);
  const report = decodeWaitStatus(kernel.stop.status);
  const { process } = main;
  if (process.role === 'reported') {
    warnOfLostRights(context, process);
    modules.begin(main);
  }
  // Nobody watches what it does to its mask.
  const { isOpaque, unsafe } = process.space;
  if (process.role !== 'reported' || isOpaque || unsafe !== undefined) {
    blockTrapAgain(context, main);
  }
  return report.kind === 'signal-stop' ? report.signal : 0;
}

/** Is it known what will be traced in it at its start? */
export function isLookedAt({ placed, isOpaque }: AddressSpace): boolean {
  return placed.size > 0 || isOpaque;
}

/** Seizes all threads of a running process; none is stopped but the one that maps our pages. */
export function attach(context: TracerContext, id: ProcessId): Process | undefined {
  const { kernel, table, emitter } = context;
  const pid = kernel.status(id)?.processId;
  if (pid === undefined) throw noSuchProcess(id);
  const known = table.process(pid);
  if (known !== undefined) return known;
  // First, because only a tracer may look at a process of another user; if the rest fails, our end lets it go.
  const seized = unlessGone(() => seizeAll(context, pid));
  if (seized === undefined) throw noSuchProcess(id);
  const stood = lookAtThreads(kernel, pid, seized);
  // If it was traced before, its guardian may still be at work, and would take our traps for the old ones.
  const guardians = kernel.awaitOldGuardians(pid);
  const process = unlessGone(() => runningProcess(kernel, pid, 'attach'));
  if (process === undefined) throw new UserError(`cannot attach to ${pid}: it has just ended`);
  table.addProcess(process);
  for (const tid of seized) table.addThread(seizedThread(tid, process));
  seizeSharers(context, process);
  const [reporter] = process.threads.keys();
  emitter.emit({
    kind: 'process-started',
    ...placeOf(context, process, reporter ?? toThreadId(pid)),
    how: 'attach',
    program: process.program,
  });
  for (const guardian of guardians) warnOfGuardian(context, process, guardian);
  // If it ends meanwhile, that is the first thing that the trace tells.
  unlessGone(() => watch(context, process));
  tellThreadStates(context, process, stood);
  return process;
}

/** It may be in a system call whose beginning nobody saw. */
function seizedThread(tid: ThreadId, process: Process): Thread {
  const thread = new Thread(tid, process, new OpenCalls());
  thread.openSyscall = { kind: 'cut-short' };
  return thread;
}

function runningProcess(
  kernel: Kernel,
  pid: ProcessId,
  origin: 'launch' | 'attach',
  stopped?: ThreadId,
): Process {
  const bond = origin === 'launch' ? 'dies-with-us' : 'outlives-us';
  return new Process({
    pid,
    space: new AddressSpace(kernel, archOf(kernel, pid, stopped), traceOptionsOf(bond)),
    role: 'reported',
    program: kernel.executablePath(pid),
    origin,
    bond,
  });
}

/**
 * It runs meanwhile, and stands still only for moments: to be protected, to map our pages, to get its breakpoints.
 * Throws TraceeGone when it ends.
 */
function watch(context: TracerContext, process: Process): void {
  const { modules, guardian } = context;
  const { space } = process;
  const [thread] = process.threads.values();
  if (thread === undefined) return;
  const files = modules.lookAhead(process);
  guardian.get();
  const program = modules.readProgram(thread, files);
  if (program === undefined) return;
  whileAThreadIsStopped(context, process, (stopped) => protectProcess(context, stopped));
  if (process.space !== space) return;
  const halt: Halt = (work) => whileAThreadIsStopped(context, process, ({ tid }) => work(tid));
  const place = (body: () => void): number => space.placeWhileRunning(halt, thread.tid, body);
  let met: readonly Module[] = [];
  place(() => (met = modules.meetAttached(thread, program, files)));
  unblockTraps(context, process);
  if (space.lifeline?.isBroken() === true) {
    whileAThreadIsStopped(context, process, (stopped) => {
      // Whoever ran into the trap may have been seen meanwhile, and be known for it.
      if (space.lifeline?.isBroken() === true) renewLifeline(stopped, 'quiet');
    });
  }
  if (process.space !== space) return;
  const refused = place(() => modules.placeAttached(thread, met));
  if (process.space !== space) return;
  if (refused > 0) warnOfRefused(context, process, refused);
  // Before the linker's breakpoint was written something may have been loaded.
  place(() => modules.refresh(thread));
}

/** Does the work once, with a thread that can be stopped; not if another program is executed first. */
function whileAThreadIsStopped<T>(
  context: TracerContext,
  process: Process,
  work: (thread: Thread) => T,
): T | undefined {
  const { space } = process;
  let result: T | undefined;
  whileOneIsStopped(context, cheapestFirst(context.kernel, process.threads.values()), (thread) => {
    if (process.space === space) result = work(thread);
  });
  return result;
}

function noSuchProcess(id: number): UserError {
  return new UserError(`cannot attach to ${id}: no such process`);
}
