/**
 * Keeps an attached process alive should its tracer be killed: installs machine code as its SIGTRAP
 * handler that knows every breakpoint (arch/x86_64/survival-code.ts says how).
 *
 * The kernel delivers the SIGTRAP of a breakpoint whose tracer has died meanwhile, and that of every
 * breakpoint which is hit before the guardian has put the original bytes back. Without a handler each
 * of them ends the process. A thread that blocks SIGTRAP makes the kernel forget the handler
 * (force_sig_info_to_task in kernel/signal.c), so threads must not block it while they are traced.
 */
import { setWord, toAddress, wordAsNumber, type Address } from '../../base/address.js';
import type { ProcessId, ThreadId } from '../../base/ids.js';
import type { Kernel } from '../../kernel/kernel.js';
import {
  SURVIVAL,
  SURVIVAL_ENTRY_BYTES,
  SURVIVAL_HEADER_BYTES,
  survivalCode,
  survivalHash,
} from '../../arch/x86_64/survival-code.js';

/** Makes a stopped thread of the process perform system calls; `number` is x86-64's. */
export interface RemoteCaller {
  /** The result, -4095..-1 for a negated errno. Throws TraceeGone when the thread dies. */
  call(number: number, args: readonly number[]): number;
  /** Memory of that thread's stack that nobody uses, at least 64 bytes: below the red zone. */
  readonly scratch: Address;
}

// asm/unistd_64.h
const NR_MMAP = 9;
const NR_RT_SIGACTION = 13;

const PROT_READ_EXEC = 5;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const SIGTRAP = 5;
const SIGTRAP_BIT = 1n << BigInt(SIGTRAP - 1);

// asm/signal.h
const SA_SIGINFO = 4;
const SA_RESTORER = 0x04000000;
const SA_ONSTACK = 0x08000000;
const SA_RESTART = 0x10000000;
const SA_NODEFER = 0x40000000;
/** struct kernel_sigaction: handler, flags, restorer, mask. */
const ACTION_BYTES = 32;
const SIGSET_BYTES = 8;

const FIRST_SLOTS = 8192;
const ENTRIES_PER_SITE = 2;

export class SurvivalHandler {
  private readonly sites = new Map<Address, Address>();
  private readonly masked = new Map<ThreadId, bigint>();

  private constructor(
    private readonly kernel: Kernel,
    private readonly pid: ProcessId,
    private readonly installed: Installed,
    private table: Table,
  ) {}

  /** undefined when the process refuses it (seccomp, no memory) or its thread died. */
  static install(
    kernel: Kernel,
    pid: ProcessId,
    caller: RemoteCaller,
  ): SurvivalHandler | undefined {
    const page = mapPages(caller, 4096);
    const table = makeTable(caller, FIRST_SLOTS);
    const old = exchangeAction(kernel, pid, caller, 0);
    if (page === undefined || table === undefined || old === undefined) return undefined;
    const code = survivalCode(page);
    const labelAt = (name: string): Address =>
      toAddress(page + SURVIVAL_HEADER_BYTES + (code.labels.get(name) ?? 0));
    const header = new Uint8Array(SURVIVAL_HEADER_BYTES + code.bytes.length);
    const view = new DataView(header.buffer);
    setWord(view, SURVIVAL.SURVIVAL_TABLE, table.address);
    setWord(view, SURVIVAL.SURVIVAL_MASK, table.slots - 1);
    header.set(old, SURVIVAL.SURVIVAL_OLD_HANDLER);
    header.set(
      newAction(old, labelAt('handler'), labelAt('restorer')),
      SURVIVAL.SURVIVAL_NEW_ACTION,
    );
    header.set(code.bytes, SURVIVAL_HEADER_BYTES);
    kernel.writeMemory(pid, page, header);
    const self = new SurvivalHandler(kernel, pid, { page, handler: labelAt('handler') }, table);
    return self.activate(caller) ? self : undefined;
  }

  /** The same handler and table in the memory of a forked child. */
  forChild(child: ProcessId): SurvivalHandler {
    const table = { ...this.table, traps: new Map(this.table.traps) };
    const copy = new SurvivalHandler(this.kernel, child, this.installed, table);
    for (const [trap, goOnAt] of this.sites) copy.sites.set(trap, goOnAt);
    return copy;
  }

  /** Installs it again, for a process that set its own handler or whose handler was forgotten. */
  activate(caller: RemoteCaller): boolean {
    const action = toAddress(this.installed.page + SURVIVAL.SURVIVAL_NEW_ACTION);
    return exchangeAction(this.kernel, this.pid, caller, action) !== undefined;
  }

  /**
   * To be called before the int3 is written.
   *
   * @param trap where the int3 will stand
   * @param goOnAt the displaced copy, or where else the thread continues without the int3
   * @param caller needed only when the table must grow
   * @returns false when there is no room and no caller to make some
   */
  add(trap: Address, goOnAt: Address, caller?: RemoteCaller): boolean {
    if (this.sites.get(trap) === goOnAt) return true;
    if (this.sites.size * ENTRIES_PER_SITE * 2 >= this.table.slots) {
      if (caller === undefined || !this.grow(caller)) return false;
    }
    this.sites.set(trap, goOnAt);
    this.writeSite(this.table, trap, goOnAt);
    return true;
  }

  /** Every breakpoint is known that `add` was called for; there is no removal: a lifted one never traps. */
  get size(): number {
    return this.sites.size;
  }

  /** Unblocks SIGTRAP in a stopped thread; see above. */
  unblock(tid: ThreadId): void {
    const mask = this.kernel.signalMask(tid);
    if ((mask & SIGTRAP_BIT) === 0n) return;
    this.masked.set(tid, mask);
    this.kernel.setSignalMask(tid, mask & ~SIGTRAP_BIT);
  }

  /** Blocks it again before the thread is let go, if its mask is otherwise the same. */
  reblock(tid: ThreadId): void {
    const mask = this.masked.get(tid);
    if (mask === undefined) return;
    this.masked.delete(tid);
    if (this.kernel.signalMask(tid) === (mask & ~SIGTRAP_BIT)) this.kernel.setSignalMask(tid, mask);
  }

  /** Puts the program's own disposition back; its breakpoints must be lifted before. */
  remove(caller: RemoteCaller): void {
    const old = toAddress(this.installed.page + SURVIVAL.SURVIVAL_OLD_HANDLER);
    const current = exchangeAction(this.kernel, this.pid, caller, old);
    // The program has set another meanwhile: that one stays.
    if (current !== undefined && handlerOf(current) !== this.installed.handler) {
      this.kernel.writeMemory(this.pid, old, current);
      exchangeAction(this.kernel, this.pid, caller, old);
    }
    // The pages stay: a thread may just be in the handler.
  }

  private grow(caller: RemoteCaller): boolean {
    const table = makeTable(caller, this.table.slots * 4);
    if (table === undefined) return false;
    for (const [trap, goOnAt] of this.sites) this.writeSite(table, trap, goOnAt);
    const header = new DataView(new ArrayBuffer(16));
    setWord(header, SURVIVAL.SURVIVAL_TABLE, table.address);
    setWord(header, SURVIVAL.SURVIVAL_MASK, table.slots - 1);
    this.kernel.writeMemory(this.pid, this.installed.page, new Uint8Array(header.buffer));
    // The old one stays mapped: a thread may just be looking at it.
    this.table = table;
    return true;
  }

  private writeSite(table: Table, trap: Address, goOnAt: Address): void {
    this.writeEntry(table, trap, goOnAt);
    // We may be killed when the thread's PC has been set but the thread has not gone on: it then gets
    // its SIGTRAP with that PC, and the handler looks for the address before it.
    this.writeEntry(table, toAddress(goOnAt - 1), goOnAt);
  }

  private writeEntry(table: Table, trap: Address, goOnAt: Address): void {
    const slot = slotFor(table, trap);
    const entry = new DataView(new ArrayBuffer(SURVIVAL_ENTRY_BYTES));
    setWord(entry, 0, trap);
    setWord(entry, 8, goOnAt);
    const at = toAddress(table.address + slot * SURVIVAL_ENTRY_BYTES);
    this.kernel.writeMemory(this.pid, at, new Uint8Array(entry.buffer));
    table.traps.set(slot, trap);
  }
}

interface Installed {
  /** The page with header and code. */
  readonly page: Address;
  readonly handler: Address;
}

interface Table {
  readonly address: Address;
  /** A power of two. */
  readonly slots: number;
  /** Which breakpoint each used slot is for. */
  readonly traps: Map<number, Address>;
}

function makeTable(caller: RemoteCaller, slots: number): Table | undefined {
  const address = mapPages(caller, slots * SURVIVAL_ENTRY_BYTES);
  return address === undefined ? undefined : { address, slots, traps: new Map() };
}

/** The slot that holds the breakpoint, or the first free one where it belongs. */
function slotFor(table: Table, trap: Address): number {
  let slot = survivalHash(trap, table.slots - 1);
  for (;;) {
    const holder = table.traps.get(slot);
    if (holder === undefined || holder === trap) return slot;
    slot = (slot + 1) & (table.slots - 1);
  }
}

function mapPages(caller: RemoteCaller, bytes: number): Address | undefined {
  const result = caller.call(NR_MMAP, [0, bytes, PROT_READ_EXEC, MAP_PRIVATE_ANONYMOUS, -1, 0]);
  return result < 0 ? undefined : toAddress(result);
}

/** Sets the action at that address, 0 for none, and returns the one before. */
function exchangeAction(
  kernel: Kernel,
  pid: ProcessId,
  caller: RemoteCaller,
  action: number,
): Uint8Array | undefined {
  const result = caller.call(NR_RT_SIGACTION, [SIGTRAP, action, caller.scratch, SIGSET_BYTES]);
  if (result !== 0) return undefined;
  const old = new Uint8Array(ACTION_BYTES);
  return kernel.readMemory(pid, caller.scratch, old) === ACTION_BYTES ? old : undefined;
}

/** As close to the program's own as it can be, so that it can be called in our place. */
function newAction(old: Uint8Array, handler: Address, restorer: Address): Uint8Array {
  const before = new DataView(old.buffer, old.byteOffset, old.byteLength);
  const hadHandler = handlerOf(old) > 1;
  const kept = hadHandler
    ? before.getUint32(8, true) & (SA_ONSTACK | SA_RESTART)
    : SA_ONSTACK | SA_RESTART;
  const action = new DataView(new ArrayBuffer(ACTION_BYTES));
  setWord(action, 0, handler);
  // SA_NODEFER: the program's handler may hit a breakpoint itself.
  setWord(action, 8, (SA_SIGINFO | SA_RESTORER | SA_NODEFER | kept) >>> 0);
  setWord(action, 16, restorer);
  if (hadHandler) action.setBigUint64(24, before.getBigUint64(24, true) & ~SIGTRAP_BIT, true);
  return new Uint8Array(action.buffer);
}

function handlerOf(action: Uint8Array): number {
  return wordAsNumber(new DataView(action.buffer, action.byteOffset, action.byteLength), 0);
}
