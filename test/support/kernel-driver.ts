/**
 * Scenarios that use LinuxKernel for real, each run in a process of its own by test/e2e/kernel.test.ts:
 * ptrace inside the test runner would take its children away.
 *
 * Usage: kernel-driver.js SCENARIO ARGUMENT…; prints one line of JSON on standard error.
 */
import { readFileSync, truncateSync, unlinkSync, writeSync } from 'node:fs';
import { isMainThread, Worker, workerData, parentPort } from 'node:worker_threads';

import { toAddress, wordAsNumber } from '../../src/base/address.js';
import { toProcessId, toThreadId, type ThreadId } from '../../src/base/ids.js';
import {
  interruptFromAnotherThread,
  type InterruptHandle,
} from '../../src/kernel/linux/waiting/interrupt.js';
import { inheritedEnvironment } from '../../src/kernel/linux/launching/inherited.js';
import type { ImageFile } from '../../src/kernel/tracee-files.js';
import { LinuxKernel, type LinuxKernelOptions } from '../../src/kernel/linux/linux-kernel.js';
import { decodeWaitStatus } from '../../src/kernel/wait-status.js';

/** Offsets in user_regs_struct of x86-64. */
const PC = 128;
const SP = 152;

const scenarios: Readonly<Record<string, (words: readonly string[]) => unknown>> = {
  run: ([code, program = '', ...rest]) => runToEnd(openKernel(code), program, rest),
  traps: ([code, program = '', count = '1']) => countTraps(openKernel(code), program, count),
  interrupts: ([code, program = '', rounds]) =>
    interrupts(openKernel(code), program, Number(rounds)),
  held: ([code, program = '']) => held(openKernel(code), program),
  timers: ([code, program = '', rounds]) => timers(openKernel(code), program, Number(rounds)),
  workers: ([program = '', count = '1']) => workers(program, count),
  requests: ([program = '', rounds]) => requests(program, Number(rounds)),
  memory: ([program = '']) => memory(openKernel('code'), program),
  image: ([program = '', path = '']) => image(openKernel('code'), program, path),
  shrink: ([program = '', file = '']) => shrink(openKernel('code'), program, file),
  seize: ([pid]) => attempt(() => openKernel('code').seize(toThreadId(Number(pid)), ATTACH)),
  dispositions: () => dispositions(),
};

const ATTACH = { exitKill: false };
const LAUNCH = { exitKill: true };

function openKernel(code: string | undefined, more: Partial<LinuxKernelOptions> = {}): LinuxKernel {
  return LinuxKernel.open({
    signals: 'leaving',
    descriptors: 'inherited',
    spin: 'auto',
    machineCode: code === 'no-code' ? 'never' : 'where-permitted',
    ...more,
  });
}

function start(kernel: LinuxKernel, program: string, rest: readonly string[]): ThreadId {
  const argv = [program, ...rest];
  const environment = inheritedEnvironment();
  const tid = kernel.launch({ program, argv, environment }, LAUNCH);
  kernel.resume(tid, 'continue', 0);
  return tid;
}

/** Passes every signal on, counts breakpoint stops; returns when the first thread has ended. */
function loop(
  kernel: LinuxKernel,
  tid: ThreadId,
  onInterrupt: () => void = () => undefined,
): unknown {
  const { stop } = kernel;
  let traps = 0;
  for (;;) {
    const outcome = kernel.wait();
    if (outcome === 'interrupted') {
      onInterrupt();
      continue;
    }
    if (outcome === 'childless') return { traps, outcome };
    const report = decodeWaitStatus(stop.status);
    if (report.kind === 'exited' || report.kind === 'killed') {
      if (stop.tid === tid) return { traps, ...report };
    } else if (stop.hasRegisters) {
      traps++;
      kernel.resumeSoon(stop.tid, 'continue', toAddress(wordAsNumber(kernel.registers, PC)));
    } else {
      kernel.resume(stop.tid, 'continue', report.kind === 'signal-stop' ? report.signal : 0);
    }
  }
}

function runToEnd(kernel: LinuxKernel, program: string, rest: readonly string[]): unknown {
  return attempt(() => loop(kernel, start(kernel, program, rest)));
}

function countTraps(kernel: LinuxKernel, program: string, count: string): unknown {
  const result = loop(kernel, start(kernel, program, [count]));
  kernel.close();
  return result;
}

/** The tracee sends us signals while it makes stops: each must come out of wait, none may be lost. */
function interrupts(kernel: LinuxKernel, program: string, rounds: number): unknown {
  const seen: Record<number, number> = {};
  const tid = start(kernel, program, [String(rounds), String(process.pid)]);
  const result = loop(kernel, tid, () => {
    const interrupt = kernel.takeInterrupt();
    if (interrupt?.kind !== 'signal') return;
    seen[interrupt.signal] = (seen[interrupt.signal] ?? 0) + 1;
    // The tracee waits for this before it sends the next.
    kernel.kill(toProcessId(tid), 10);
  });
  return { result, seen };
}

/** Leaves a breakpoint stop alone: it is not reported again, but the thread's end is. */
function held(kernel: LinuxKernel, program: string): unknown {
  const tid = start(kernel, program, ['3']);
  const outcomes = [kernel.wait(), kernel.poll(), kernel.poll()];
  kernel.kill(toProcessId(tid), 9);
  outcomes.push(kernel.wait());
  const end = decodeWaitStatus(kernel.stop.status);
  outcomes.push(kernel.wait());
  return { outcomes, end };
}

function timers(kernel: LinuxKernel, program: string, rounds: number): unknown {
  const tid = start(kernel, program, ['100000000']);
  let expired = 0;
  kernel.setTimer(1);
  const result = loop(kernel, tid, () => {
    if (kernel.takeInterrupt()?.kind !== 'timer') return;
    expired++;
    if (expired === rounds) kernel.kill(toProcessId(tid), 9);
    else kernel.setTimer(expired % 3 === 0 ? 0.01 : 0.3);
  });
  return { expired, result };
}

/** Two kernels at once, each on a thread of its own. */
async function workers(program: string, count: string): Promise<unknown> {
  const run = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(__filename, { workerData: { traps: [program, count] } });
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  return Promise.all([run(), run(), run()]);
}

/** The main thread interrupts a kernel in a Worker again and again. */
async function requests(program: string, rounds: number): Promise<unknown> {
  const worker = new Worker(__filename, { workerData: { requests: [program, rounds] } });
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    let handle: InterruptHandle | undefined;
    worker.on('message', (message: { handle?: InterruptHandle; result?: unknown }) => {
      handle ??= message.handle;
      if (message.result !== undefined) {
        if (handle !== undefined) interruptFromAnotherThread(handle); // closed: must do no harm
        resolve(message.result);
      } else if (handle !== undefined) interruptFromAnotherThread(handle);
    });
  });
}

function inWorker(task: { traps?: [string, string]; requests?: [string, number] }): void {
  const kernel = openKernel('code', { signals: 'none', descriptors: 'standard' });
  if (task.traps !== undefined) {
    parentPort?.postMessage(countTraps(kernel, ...task.traps));
    return;
  }
  if (task.requests === undefined) return;
  const [program, rounds] = task.requests;
  const tid = start(kernel, program, ['100000000']);
  let taken = 0;
  parentPort?.postMessage({ handle: kernel.interruptHandle });
  const result = loop(kernel, tid, () => {
    if (kernel.takeInterrupt()?.kind !== 'request') return;
    taken++;
    if (taken === rounds) kernel.kill(toProcessId(tid), 9);
    else parentPort?.postMessage({});
  });
  kernel.close();
  parentPort?.postMessage({ result: { taken, result } });
}

/** Reads and writes at the first stop of a program that traps with an address in its stack. */
function memory(kernel: LinuxKernel, program: string): unknown {
  const results: unknown[] = [];
  const tid = start(kernel, program, []);
  const pid = toProcessId(tid);
  const { stop } = kernel;
  while (kernel.wait() === 'stop') {
    const report = decodeWaitStatus(stop.status);
    if (report.kind === 'exited' || report.kind === 'killed') return { results, report };
    if (stop.hasRegisters) {
      // rdi: an address, rsi: how many bytes to read from there.
      const address = toAddress(wordAsNumber(kernel.registers, 112));
      const into = new Uint8Array(wordAsNumber(kernel.registers, 104));
      const got = kernel.readMemory(pid, address, into);
      results.push([got, into.reduce((sum, byte) => sum + byte, 0)]);
      // The instruction that just trapped becomes a nop, in a page that is not writable.
      const pc = wordAsNumber(kernel.registers, PC);
      kernel.writeMemory(pid, toAddress(pc - 1), Uint8Array.of(0x90));
      const top = toAddress(wordAsNumber(kernel.registers, SP));
      const word = new Uint8Array(8);
      kernel.readMemory(pid, top, word);
      results.push(kernel.peekWord(tid, top) === wordAsNumber(new DataView(word.buffer), 0));
      kernel.resumeSoon(tid, 'continue', toAddress(pc - 1));
    } else kernel.resume(tid, 'continue', report.kind === 'signal-stop' ? report.signal : 0);
  }
  return { results };
}

/** The image at `path`, or the program's own, whose file is removed first when `word` is 'delete'. */
function image(kernel: LinuxKernel, program: string, word: string): unknown {
  const tid = kernel.launch({ program, argv: [program], environment: [] }, LAUNCH);
  if (word === 'delete') unlinkSync(program);
  const open = (): ImageFile | undefined => {
    const files = kernel.filesOf(toProcessId(tid));
    return word === '' || word === 'delete' ? files.program() : files.open(word);
  };
  const found = open();
  const again = open();
  const result = {
    size: found?.size,
    magic: found === undefined ? '' : Buffer.from(found.part(0, 4)).toString('latin1'),
    same: found === again,
  };
  kernel.kill(toProcessId(tid), 9);
  return result;
}

/** Reads a mapped file after it was made shorter; the lost pages are zeros. */
function shrink(kernel: LinuxKernel, program: string, file: string): unknown {
  const tid = kernel.launch({ program, argv: [program], environment: [] }, LAUNCH);
  const image = kernel.filesOf(toProcessId(tid)).open(file);
  if (image === undefined) return 'no image';
  truncateSync(file, 5000);
  const bytes = image.part(0, image.size);
  const result = [bytes[0], bytes[4999], bytes[5000], bytes[8192], bytes[bytes.length - 1]];
  kernel.kill(toProcessId(tid), 9);
  kernel.close();
  return {
    result,
    length: bytes.length,
    end: bytes.subarray(bytes.length - 100).every((b) => b === 0),
  };
}

/** What the signals do before, during and after. */
function dispositions(): unknown {
  const caught = (): string | undefined =>
    /^SigCgt:\t(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  const first = openKernel('code');
  const during = caught();
  first.close();
  const after = caught();
  const second = openKernel('code');
  const again = caught();
  second.close();
  return { changes: during !== after, restored: during === again && caught() === after };
}

function attempt(action: () => unknown): unknown {
  try {
    return action() ?? 'done';
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { error: error.name, message: error.message };
  }
}

if (isMainThread) {
  const [name = '', ...words] = process.argv.slice(2);
  void Promise.resolve(scenarios[name]?.(words)).then((result) => {
    writeSync(2, `${JSON.stringify(result)}\n`);
    process.exit(0);
  });
} else inWorker(workerData as Parameters<typeof inWorker>[0]);
