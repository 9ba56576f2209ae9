import { toAddress, type Address } from '../../../../src/base/address.js';
import { toThreadId } from '../../../../src/base/ids.js';
import { DoesNotStop } from '../../../../src/base/errors.js';
import { BreakpointSite } from '../../../../src/engine/memory/site.js';
import type { ProcessMemory } from '../../../../src/engine/memory/process-memory.js';
import { TrapWriter } from '../../../../src/engine/memory/trap-writer.js';

const TID = toThreadId(1);
const NOP = 0x90;

const siteAt = (address: Address): BreakpointSite =>
  new BreakpointSite(
    {
      address,
      originalByte: NOP,
      code: Uint8Array.of(NOP),
      copy: undefined,
      copyBytes: 0,
      instruction: { originalBytes: 1, pushes: 0, reachablePastTrap: false },
    },
    undefined,
  );

/** Writes to memory that is all code, and knows which sites were given up. */
function writerOn(bytes: Uint8Array): { writer: TrapWriter; forgotten: number[] } {
  const forgotten: number[] = [];
  const memory = {
    read: (address: number, into: Uint8Array) => {
      into.set(bytes.subarray(address, address + into.length));
      return into.length;
    },
    write: (address: number, from: Uint8Array) => bytes.set(from, address),
    forget: () => undefined,
    readByPage: (work: () => void) => {
      work();
    },
  };
  const writer = new TrapWriter({
    memory: memory as unknown as ProcessMemory,
    trapInstruction: Uint8Array.of(0xcc),
    isWritable: () => false,
    protect: () => undefined,
    unprotect: () => undefined,
    forget: ({ address }) => forgotten.push(address),
  });
  return { writer, forgotten };
}

describe('TrapWriter', () => {
  const place = (writer: TrapWriter): void => {
    for (const at of [0x1000, 0x1010, 0x2000]) {
      writer.write(siteAt(toAddress(at)), Uint8Array.of(NOP), TID);
    }
  };
  const asked = new DoesNotStop(TID);

  it('gives up what waits to be written when nobody stops any more', () => {
    const bytes = new Uint8Array(0x3000).fill(NOP);
    const { writer, forgotten } = writerOn(bytes);
    const leave = (): never => {
      throw asked;
    };
    expect(() => writer.whileRunning(leave, TID, () => place(writer))).toThrow(asked);
    expect(forgotten).toEqual([0x1000, 0x1010, 0x2000]);
    expect(bytes.every((byte) => byte === NOP)).toBe(true);
    expect(writer.isHolding).toBe(false);
  });

  it('does so when more was to be placed', () => {
    const { writer, forgotten } = writerOn(new Uint8Array(0x3000).fill(NOP));
    const body = (): void => {
      place(writer);
      throw asked;
    };
    expect(() => writer.whileRunning((work) => work(TID), TID, body)).toThrow(asked);
    expect(forgotten).toEqual([0x1000, 0x1010, 0x2000]);
  });

  it('keeps what was written already', () => {
    const bytes = new Uint8Array(0x3000).fill(NOP);
    const { writer, forgotten } = writerOn(bytes);
    const leaveAfter = <T>(work: (stopped: typeof TID) => T): T => {
      work(TID);
      throw asked;
    };
    expect(() => writer.whileRunning(leaveAfter, TID, () => place(writer))).toThrow(asked);
    expect(forgotten).toEqual([]);
    expect([bytes[0x1000], bytes[0x1010], bytes[0x2000]]).toEqual([0xcc, 0xcc, 0xcc]);
  });
});
