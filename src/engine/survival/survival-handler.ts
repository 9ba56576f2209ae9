/**
 * Keeps an attached process alive should its tracer be killed: installs machine code as its SIGTRAP
 * handler that knows every breakpoint (arch/survival-layout.ts).
 *
 * The kernel delivers the SIGTRAP of a breakpoint whose tracer has died meanwhile, and that of every
 * breakpoint which is hit before the guardian has put the original bytes back. Without a handler each
 * of them ends the process. A thread that blocks SIGTRAP makes the kernel forget the handler, so none
 * does while it is traced (tracees/thread-signals.ts).
 */
import { offsetBy, setWord, toAddress, wordAsNumber, type Address } from '../../base/address.js';
import type { ProcessId } from '../../base/ids.js';
import { SIGTRAP } from '../../base/signal-numbers.js';
import type { Kernel } from '../../kernel/kernel.js';
import { PAGE_BYTES } from '../memory/page-cache.js';
import { handlerMark } from '../memory/left-pages.js';
import type { RemoteCaller } from '../remote/remote-caller.js';
import { actionBehind, type LeftHandler } from './left-handler.js';
import { ACTION_BYTES, putEntry, type Entry, type Table } from './survival-table.js';
import {
  SURVIVAL,
  SURVIVAL_ENTRY_BYTES,
  SURVIVAL_HEADER_BYTES,
  type SurvivalCode,
} from '../../arch/survival-layout.js';
import type { Arch } from '../../arch/arch.js';

const PROT_READ_EXEC = 5;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const SIGTRAP_BIT = 1n << BigInt(SIGTRAP - 1);

// asm/signal.h
const SA_SIGINFO = 4;
const SA_RESTORER = 0x04000000;
const SA_ONSTACK = 0x08000000;
const SA_RESTART = 0x10000000;
const SA_NODEFER = 0x40000000;
const SIGSET_BYTES = 8;

const FIRST_SLOTS = 8192;
/** So few are written one by one, more of them with what lies between. */
const FEW_ENTRIES = 8;

type Numbers = Arch['syscalls']['numbers'];

/** Whose actions are exchanged. */
interface SignalsOf {
  readonly kernel: Kernel;
  readonly pid: ProcessId;
  /** Of its system calls. */
  readonly numbers: Numbers;
}

export interface SurvivingProcess {
  readonly pid: ProcessId;
  readonly numbers: Numbers;
  readonly survival: SurvivalCode;
  /** What an earlier session left, to be used again. */
  readonly left?: LeftHandler | undefined;
}

export class SurvivalHandler {
  private readonly entries = new Map<Address, Address>();

  private constructor(
    private readonly kernel: Kernel,
    private readonly pid: ProcessId,
    private readonly installed: Installed,
    private table: Table,
  ) {}

  /** undefined when the process refuses it (seccomp, no memory) or its thread died. */
  static install(
    kernel: Kernel,
    { pid, numbers, survival, left }: SurvivingProcess,
    caller: RemoteCaller,
  ): SurvivalHandler | undefined {
    const page = left?.page ?? mapPages(caller, numbers, PAGE_BYTES);
    const table = left?.table ?? makeTable(caller, numbers, FIRST_SLOTS);
    const found = exchangeAction({ kernel, pid, numbers }, caller, 0);
    if (page === undefined || table === undefined || found === undefined) return undefined;
    const code = survival.assembled(page);
    const labelAt = (name: string): Address =>
      toAddress(page + SURVIVAL_HEADER_BYTES + (code.labels.get(name) ?? 0));
    const installed = {
      ...{ page, numbers },
      handler: labelAt('handler'),
      restorer: labelAt('restorer'),
    };
    const old = actionBehind(left, found);
    const header = new Uint8Array(SURVIVAL_HEADER_BYTES + code.bytes.length);
    const view = new DataView(header.buffer);
    setWord(view, SURVIVAL.SURVIVAL_TABLE, table.address);
    setWord(view, SURVIVAL.SURVIVAL_MASK, table.slots - 1);
    header.set(old, SURVIVAL.SURVIVAL_OLD_HANDLER);
    header.set(newAction(old, installed.handler, installed.restorer), SURVIVAL.SURVIVAL_NEW_ACTION);
    header.set(handlerMark(), SURVIVAL.SURVIVAL_MARK);
    header.set(code.bytes, SURVIVAL_HEADER_BYTES);
    kernel.writeMemory(pid, page, header);
    const self = new SurvivalHandler(kernel, pid, installed, table);
    for (const [trap, goOnAt] of left?.entries ?? []) self.entries.set(trap, goOnAt);
    return self.activate(caller) ? self : undefined;
  }

  /** The same handler and table in the memory of a forked child. */
  forChild(child: ProcessId): SurvivalHandler {
    const table = { ...this.table, bytes: this.table.bytes.slice() };
    const copy = new SurvivalHandler(this.kernel, child, this.installed, table);
    for (const [trap, goOnAt] of this.entries) copy.entries.set(trap, goOnAt);
    return copy;
  }

  /** Installs it again, for a process that set its own handler or whose handler was forgotten. */
  activate(caller: RemoteCaller): boolean {
    const action = toAddress(this.installed.page + SURVIVAL.SURVIVAL_NEW_ACTION);
    return exchangeAction(this.signals, caller, action) !== undefined;
  }

  /** The program has another action for SIGTRAP now. */
  adopt(action: Uint8Array, caller: RemoteCaller): boolean {
    const { page, handler, restorer } = this.installed;
    const both = new Uint8Array(SURVIVAL_HEADER_BYTES - SURVIVAL.SURVIVAL_OLD_HANDLER);
    both.set(action);
    both.set(
      newAction(action, handler, restorer),
      SURVIVAL.SURVIVAL_NEW_ACTION - SURVIVAL.SURVIVAL_OLD_HANDLER,
    );
    const at = toAddress(page + SURVIVAL.SURVIVAL_OLD_HANDLER);
    this.kernel.writeMemory(this.pid, at, both);
    return this.activate(caller);
  }

  /**
   * To be called before the int3 are written. There is no removal: a lifted one never traps.
   *
   * @param caller needed only when the table must grow
   * @returns false when there is no room and no caller to make some
   */
  add(sites: readonly HandledSite[], caller?: RemoteCaller): boolean {
    const news = sites
      .flatMap(entriesOf)
      .filter(({ trap, goOnAt }) => this.entries.get(trap) !== goOnAt);
    const count = this.entries.size + news.length;
    let { slots } = this.table;
    while (count * 2 > slots) slots *= 4;
    if (slots > this.table.slots && (caller === undefined || !this.grow(caller, slots)))
      return false;
    for (const { trap, goOnAt } of news) this.entries.set(trap, goOnAt);
    this.write(this.table, news);
    return true;
  }

  /** Puts the program's own disposition back; its breakpoints must be lifted before. */
  remove(caller: RemoteCaller): void {
    const old = toAddress(this.installed.page + SURVIVAL.SURVIVAL_OLD_HANDLER);
    const current = exchangeAction(this.signals, caller, old);
    // The program has set another meanwhile: that one stays.
    if (current !== undefined && handlerOf(current) !== this.installed.handler) {
      this.kernel.writeMemory(this.pid, old, current);
      exchangeAction(this.signals, caller, old);
    }
    // The pages stay: a thread may just be in the handler.
  }

  private get signals(): SignalsOf {
    return { kernel: this.kernel, pid: this.pid, numbers: this.installed.numbers };
  }

  private grow(caller: RemoteCaller, slots: number): boolean {
    const table = makeTable(caller, this.installed.numbers, slots);
    if (table === undefined) return false;
    this.write(
      table,
      [...this.entries].map(([trap, goOnAt]) => ({ trap, goOnAt })),
    );
    const header = new DataView(new ArrayBuffer(16));
    setWord(header, SURVIVAL.SURVIVAL_TABLE, table.address);
    setWord(header, SURVIVAL.SURVIVAL_MASK, table.slots - 1);
    this.kernel.writeMemory(this.pid, this.installed.page, new Uint8Array(header.buffer));
    // The old one stays mapped: a thread may just be looking at it.
    this.table = table;
    return true;
  }

  private write(table: Table, entries: readonly Entry[]): void {
    const slots = entries.map((entry) => putEntry(table, entry));
    if (slots.length <= FEW_ENTRIES) for (const slot of slots) this.writeSlots(table, slot, slot);
    else this.writeSlots(table, lowest(slots), highest(slots));
  }

  private writeSlots(table: Table, first: number, last: number): void {
    const [start, end] = [first * SURVIVAL_ENTRY_BYTES, (last + 1) * SURVIVAL_ENTRY_BYTES];
    const at = toAddress(table.address + start);
    this.kernel.writeMemory(this.pid, at, table.bytes.subarray(start, end));
  }
}

/** A breakpoint, and where threads go on that hit it: the first is for those that hit it when we are gone. */
export interface HandledSite {
  readonly address: Address;
  readonly landings: readonly Address[];
}

function entriesOf({ address, landings }: HandledSite): Entry[] {
  return [
    ...landings.slice(0, 1).map((goOnAt) => ({ trap: address, goOnAt })),
    // We may be killed when the thread's PC has been set but the thread has not gone on: it then gets
    // its SIGTRAP with that PC, and the handler looks for the address before it.
    ...landings.map((goOnAt) => ({ trap: offsetBy(goOnAt, -1), goOnAt })),
  ];
}

interface Installed {
  readonly numbers: Numbers;
  /** The page with header and code. */
  readonly page: Address;
  readonly handler: Address;
  readonly restorer: Address;
}

function makeTable(caller: RemoteCaller, numbers: Numbers, slots: number): Table | undefined {
  const bytes = new Uint8Array(slots * SURVIVAL_ENTRY_BYTES);
  const address = mapPages(caller, numbers, bytes.length);
  return address === undefined ? undefined : { address, slots, bytes };
}

const lowest = (slots: readonly number[]): number => slots.reduce((a, b) => Math.min(a, b));
const highest = (slots: readonly number[]): number => slots.reduce((a, b) => Math.max(a, b));

function mapPages(caller: RemoteCaller, numbers: Numbers, bytes: number): Address | undefined {
  const result = caller.call(numbers.mmap, [
    0,
    bytes,
    PROT_READ_EXEC,
    MAP_PRIVATE_ANONYMOUS,
    -1,
    0,
  ]);
  return result < 0 ? undefined : toAddress(result);
}

/** Sets the action at that address, 0 for none, and returns the one before. */
function exchangeAction(
  { kernel, pid, numbers }: SignalsOf,
  caller: RemoteCaller,
  action: number,
): Uint8Array | undefined {
  const result = caller.call(numbers.rtSigaction, [SIGTRAP, action, caller.scratch, SIGSET_BYTES]);
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
