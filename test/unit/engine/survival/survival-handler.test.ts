import { survivalX86_64 } from '../../../../src/arch/x86_64/survival-code.js';
import { x86_64 } from '../../../../src/arch/x86_64/x86_64.js';
import { SURVIVAL, survivalHash } from '../../../../src/arch/survival-layout.js';
import { toAddress, wordAsNumber } from '../../../../src/base/address.js';
import { toProcessId } from '../../../../src/base/ids.js';
import type { RemoteCaller } from '../../../../src/engine/remote/remote-caller.js';
import {
  SurvivalHandler,
  type HandledSite,
} from '../../../../src/engine/survival/survival-handler.js';
import { ScriptedKernel } from '../../../support/scripted-kernel.js';

const PID = toProcessId(42);
const SURVIVING = {
  pid: PID,
  numbers: x86_64.syscalls.numbers,
  survival: survivalX86_64,
};
const SCRATCH = 0x7000;
const MMAP = 9;

/** A process with a stack and a kernel that maps pages and knows one disposition. */
class FakeProcess implements RemoteCaller {
  readonly kernel = new ScriptedKernel();
  readonly scratch = toAddress(SCRATCH);
  readonly pages: number[] = [];
  action: Uint8Array = new Uint8Array(32);
  private next = 0x100000;

  constructor() {
    this.kernel.memory.map(SCRATCH, 64);
  }

  call(number: number, args: readonly number[]): number {
    if (number === MMAP) {
      const address = this.next;
      this.kernel.memory.map(address, args[1] ?? 0);
      this.pages.push(address);
      this.next += 0x1000000;
      return address;
    }
    const [, set = 0, old = 0] = args;
    this.kernel.memory.write(old, this.action);
    if (set !== 0) this.action = this.bytesAt(set, 32);
    return 0;
  }

  bytesAt(address: number, size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    this.kernel.memory.read(address, bytes);
    return bytes;
  }

  wordAt(address: number): number {
    return wordAsNumber(new DataView(this.bytesAt(address, 8).buffer), 0);
  }

  /** What the machine code does: where the thread goes on, 0 for a trap that is not ours. */
  lookUp(trap: number): number {
    const [page = 0] = this.pages;
    const table = this.wordAt(page + SURVIVAL.SURVIVAL_TABLE);
    const mask = this.wordAt(page + SURVIVAL.SURVIVAL_MASK);
    for (let slot = survivalHash(trap, mask); ; slot = (slot + 1) & mask) {
      const found = this.wordAt(table + slot * 16);
      if (found === trap) return this.wordAt(table + slot * 16 + 8);
      if (found === 0) return 0;
    }
  }
}

function install(process: FakeProcess): SurvivalHandler {
  const handler = SurvivalHandler.install(process.kernel, SURVIVING, process);
  if (handler === undefined) throw new Error('not installed');
  return handler;
}

const site = (address: number, copy: number): HandledSite => ({
  address: toAddress(address),
  landings: [toAddress(copy)],
});

describe('SurvivalHandler', () => {
  it('finds each breakpoint, and each thread that has just been sent on', () => {
    const process = new FakeProcess();
    const handler = install(process);
    handler.add([site(0x5000, 0x9000)]);
    handler.add([site(0x5001, 0x9020)]);
    expect([0x5000, 0x5001, 0x8fff, 0x5002].map((trap) => process.lookUp(trap))).toEqual([
      0x9000, 0x9020, 0x9000, 0,
    ]);
  });

  it('takes many at once, beside those that it has, and grows as far as they need', () => {
    const process = new FakeProcess();
    const handler = install(process);
    handler.add([site(0x5000, 0x9000)]);
    const many = Array.from({ length: 20_000 }, (_, i) =>
      site(0x500000 + i * 16, 0x900000 + i * 32),
    );
    expect(handler.add(many)).toBe(false);
    expect(handler.add(many, process)).toBe(true);
    for (const { address, landings } of many) expect(process.lookUp(address)).toBe(landings[0]);
    expect(process.lookUp(0x5000)).toBe(0x9000);
  });

  it('grows without losing any', () => {
    const process = new FakeProcess();
    const handler = install(process);
    const count = 9000;
    for (let i = 0; i < count; i++) {
      expect(handler.add([site(0x500000 + i * 16, 0x900000 + i * 32)], process)).toBe(true);
    }
    expect(process.pages.length).toBeGreaterThan(2);
    for (let i = 0; i < count; i += 97) {
      expect(process.lookUp(0x500000 + i * 16)).toBe(0x900000 + i * 32);
    }
  });

  it('says so when it is full and nobody can make room', () => {
    const handler = install(new FakeProcess());
    let added = 0;
    while (added < 10000 && handler.add([site(0x500000 + added * 16, 0x900000)])) added++;
    expect(added).toBeGreaterThan(1000);
    expect(added).toBeLessThan(10000);
  });

  it('takes the place of the handler of the program and gives it back', () => {
    const process = new FakeProcess();
    const before = Uint8Array.from({ length: 32 }, (_, index) => index + 1);
    process.action = before;
    const handler = install(process);
    expect(process.action).not.toEqual(before);
    handler.remove(process);
    expect(process.action).toEqual(before);
  });

  it('leaves a handler that the program set meanwhile', () => {
    const process = new FakeProcess();
    const handler = install(process);
    const own = Uint8Array.from({ length: 32 }, () => 7);
    process.action = own;
    handler.remove(process);
    expect(process.action).toEqual(own);
  });

  it('is not installed where memory is refused', () => {
    const { kernel } = new FakeProcess();
    const refusing: RemoteCaller = { scratch: toAddress(SCRATCH), call: () => -1 };
    expect(SurvivalHandler.install(kernel, SURVIVING, refusing)).toBeUndefined();
  });
});
