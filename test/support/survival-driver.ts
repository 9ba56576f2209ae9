/**
 * Attaches to a running test/programs/survives-its-tracer.c with breakpoints that stay, and keeps the
 * program alive in case it is killed: the parts of the engine that matter for that, alone.
 *
 * Usage: survival-driver.js PID ADDRESS; prints `tracing` on standard error once breakpoints
 * are hit, and goes on until it is killed or gets SIGTERM, when it detaches.
 */
import { writeSync } from 'node:fs';

import { x86_64 } from '../../src/arch/x86_64/x86_64.js';
import { setWord, toAddress, wordAsNumber, type Address } from '../../src/base/address.js';
import { toProcessId, type ThreadId } from '../../src/base/ids.js';
import { remoteCaller } from '../../src/engine/remote/remote-caller.js';
import { Lifeline } from '../../src/engine/survival/lifeline.js';
import type { RemoteCaller } from '../../src/engine/remote/remote-caller.js';
import { LinuxKernel } from '../../src/kernel/linux/linux-kernel.js';
import type { Guardian } from '../../src/kernel/guardian.js';
import { decodeWaitStatus } from '../../src/kernel/wait-status.js';

const PC = 128;
const SIGTRAP_BIT = 1n << 4n;

const [pidWord = '', addressWord = ''] = process.argv.slice(2);
const pid = toProcessId(Number(pidWord));
const start = toAddress(parseInt(addressWord, 16));
const kernel = LinuxKernel.open({ signals: 'leaving', descriptors: 'standard', spin: 'auto' });
const { stop } = kernel;

/** Instructions of traced_step, by offset: length of each. */
const INSTRUCTIONS: readonly (readonly [offset: number, length: number])[] = [
  [0, 1],
  [1, 3],
  [4, 4],
];

interface Site {
  readonly at: Address;
  readonly copy: Address;
  readonly original: number;
}

/** Blocked signals of the threads as they were. */
const masks = new Map<ThreadId, bigint>();
const sites = new Map<number, Site>();

function seizeAll(): Map<ThreadId, number> {
  const threads = new Map<ThreadId, number>();
  for (const tid of kernel.threads(pid)) {
    kernel.seize(tid, { exitKill: false });
    kernel.interrupt(tid);
    kernel.waitForStop(tid);
    threads.set(tid, 0);
  }
  return threads;
}

function findSyscallInstruction(): Address {
  const vdso = kernel.mappings(pid).find((mapping) => mapping.path === '[vdso]');
  if (vdso === undefined) throw new Error('no vdso');
  const bytes = new Uint8Array(vdso.end - vdso.start);
  kernel.readMemory(pid, toAddress(vdso.start), bytes);
  const index = Buffer.from(bytes).indexOf(Buffer.from([0x0f, 0x05]));
  if (index < 0) throw new Error('no syscall instruction');
  return toAddress(vdso.start + index);
}

function callerOf(tid: ThreadId, instruction: Address): RemoteCaller {
  return remoteCaller(kernel, tid, {
    arch: x86_64,
    from: { instruction },
    stoodAt: { kind: 'quiet' },
    options: { exitKill: false },
  });
}

/** The instruction, then `jmp [rip+0]` to the one behind it. */
function makeCopies(page: Address): void {
  const code = new Uint8Array(8);
  kernel.readMemory(pid, start, code);
  INSTRUCTIONS.forEach(([offset, length], index) => {
    const at = toAddress(start + offset);
    const copy = toAddress(page + index * 32);
    const bytes = new Uint8Array(length + 14);
    bytes.set(code.subarray(offset, offset + length));
    bytes.set([0xff, 0x25, 0, 0, 0, 0], length);
    setWord(new DataView(bytes.buffer), length + 6, at + length);
    kernel.writeMemory(pid, copy, bytes);
    sites.set(at, { at, copy, original: code[offset] ?? 0 });
  });
}

function protect(caller: RemoteCaller): { lifeline: Lifeline; guardian: Guardian | undefined } {
  const guardian = kernel.startGuardian();
  const lifeline = Lifeline.tie(kernel, { pid, arch: x86_64 }, caller, guardian);
  if (lifeline.strength !== 'sure') throw new Error(`only ${lifeline.strength}`);
  for (const tid of kernel.threads(pid)) {
    const mask = kernel.signalMask(tid);
    masks.set(tid, mask);
    kernel.setSignalMask(tid, mask & ~SIGTRAP_BIT);
  }
  for (const { at, copy, original } of sites.values()) {
    const site = {
      address: at,
      landings: [copy],
      originalByte: original,
      restored: 'first',
    } as const;
    lifeline.protect([site], () => caller);
  }
  return { lifeline, guardian };
}

function leave(lifeline: Lifeline, instruction: Address): void {
  const stopped = new Map<ThreadId, number>();
  const tids = kernel.threads(pid);
  for (const tid of tids) kernel.interrupt(tid);
  for (const tid of tids) {
    kernel.waitForStop(tid);
    const report = decodeWaitStatus(stop.status);
    let signal = report.kind === 'signal-stop' ? report.signal : 0;
    kernel.readRegisters(tid);
    const site = sites.get(wordAsNumber(kernel.registers, PC) - 1);
    if (signal === 5 && site !== undefined) {
      kernel.setRegister(tid, PC, site.at);
      signal = 0;
    }
    stopped.set(tid, signal);
  }
  for (const { at, original } of sites.values()) {
    kernel.writeMemory(pid, at, Uint8Array.of(original));
  }
  const first = tids[0];
  if (first !== undefined) lifeline.leave(callerOf(first, instruction));
  for (const [tid, signal] of stopped) {
    kernel.setSignalMask(tid, masks.get(tid) ?? 0n);
    kernel.detach(tid, signal);
  }
}

function main(): void {
  const threads = seizeAll();
  const [first] = threads.keys();
  if (first === undefined) throw new Error('no threads');
  const instruction = findSyscallInstruction();
  const caller = callerOf(first, instruction);
  const page = caller.call(9, [0, 4096, 7, 0x22, -1, 0]);
  if (page < 0) throw new Error('no page');
  makeCopies(toAddress(page));
  const { lifeline, guardian } = protect(caller);
  for (const { at } of sites.values()) kernel.writeMemory(pid, at, Uint8Array.of(0xcc));
  for (const tid of threads.keys()) kernel.resume(tid, 'continue', 0);
  loop(() => {
    leave(lifeline, instruction);
    guardian?.release();
    kernel.close();
  });
}

/** Returns when interrupted or when nothing is left. */
function loop(onInterrupt: () => void): void {
  let traps = 0;
  for (;;) {
    const outcome = kernel.wait();
    if (outcome === 'interrupted') onInterrupt();
    if (outcome !== 'stop') return;
    const report = decodeWaitStatus(stop.status);
    if (report.kind === 'exited' || report.kind === 'killed') continue;
    const site = stop.hasRegisters ? sites.get(wordAsNumber(kernel.registers, PC) - 1) : undefined;
    if (site === undefined) {
      kernel.resume(stop.tid, 'continue', report.kind === 'signal-stop' ? report.signal : 0);
      continue;
    }
    if (++traps === 20) writeSync(2, 'tracing\n');
    kernel.resumeSoon(stop.tid, 'continue', site.copy);
  }
}

main();
