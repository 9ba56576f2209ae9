import fc from 'fast-check';
import type { Address } from '../../../src/base/address.js';
import { toAddress, toLoadBias } from '../../../src/base/address.js';
import type { FrameSections } from '../../../src/dwarf/frame-table.js';
import { ehFrameAddress, FrameTable } from '../../../src/dwarf/frame-table.js';
import { i386 } from '../../../src/arch/i386/i386.js';
import { x86_64 } from '../../../src/arch/x86_64/x86_64.js';
import type { UnwindRequest } from '../../../src/dwarf/unwind.js';
import { unwind } from '../../../src/dwarf/unwind.js';
import { ByteWriter } from '../../support/byte-writer.js';

const MAP = x86_64.dwarfRegisters;
const SECTION_AT = 0x4000;
const BIAS = 0x10000000;
const STACK = 0x7000;
const RBP = 6;

interface Function {
  readonly from: number;
  readonly size: number;
  readonly instructions: (to: ByteWriter) => unknown;
}

/** .eh_frame with one CIE (CFA = rsp+8, return address at cfa-8) and absolute addresses. */
function ehFrame(functions: readonly Function[], letters = 'zR'): Uint8Array {
  const section = new ByteWriter();
  section.sized((cie) => {
    cie.u32(0).u8(1).text(letters).uleb(1).sleb(-8).u8(16).uleb(1).u8(0);
    cie.u8(0x0c).uleb(7).uleb(8).u8(0x90).uleb(1).pad(4);
  });
  for (const each of functions) {
    const at = section.length;
    section.sized((fde) => {
      fde
        .u32(at + 4)
        .u64(each.from)
        .u64(each.size)
        .uleb(0);
      each.instructions(fde);
      fde.pad(4);
    });
  }
  return section.u32(0).toBytes();
}

const sectionsOf = (bytes: Uint8Array): FrameSections => ({
  wordBytes: 8,
  ehFrame: { bytes, address: SECTION_AT },
});
const tableOf = (bytes: Uint8Array) => new FrameTable(sectionsOf(bytes), MAP.offsets.length);

/** Words at STACK, STACK + 8, …; the rest cannot be read. */
function withStack(words: readonly number[]): UnwindRequest['memory'] {
  const bytes = new ByteWriter();
  for (const word of words) bytes.u64(word);
  const content = bytes.toBytes();
  return {
    read: (address, into) => {
      let count = 0;
      for (; count < into.length; count++) {
        const byte = content[address + count - STACK];
        if (byte === undefined && address + count >= STACK) break;
        into[count] = byte ?? 0;
      }
      return count;
    },
  };
}

function request(over: Partial<UnwindRequest> & { pc: number; rbp?: number }): UnwindRequest {
  const registers = new DataView(new ArrayBuffer(27 * 8));
  registers.setBigUint64(128, BigInt(over.pc), true);
  registers.setBigUint64(152, BigInt(STACK), true);
  registers.setBigUint64(32, BigInt(over.rbp ?? 0), true);
  return {
    map: MAP,
    registers,
    standsAt: 'anywhere',
    memory: withStack([]),
    moduleAt: () => undefined,
    originalOf: (address) => address,
    limit: 100,
    ...over,
  };
}

const inModule = (frames: FrameTable) => (address: Address) =>
  address >= BIAS && address < BIAS + 0x4000 ? { bias: toLoadBias(BIAS), frames } : undefined;

const pcs = (of: UnwindRequest) => unwind(of).map((frame) => frame.pc);

describe('unwind', () => {
  const outermost = (to: ByteWriter) => to.u8(0x07).uleb(16);
  const pushedRbp = (to: ByteWriter) =>
    // after push %rbp (1 byte); mov %rsp,%rbp (3 bytes)
    to
      .u8(0x41, 0x0e)
      .uleb(16)
      .u8(0x80 | RBP)
      .uleb(2)
      .u8(0x43, 0x0d)
      .uleb(RBP);
  const frames = tableOf(
    ehFrame([
      { from: 0x1000, size: 0x100, instructions: () => undefined },
      { from: 0x2000, size: 0x100, instructions: pushedRbp },
      { from: 0x3000, size: 0x100, instructions: outermost },
    ]),
  );

  it('finds the callers up to the one whose return address is undefined', () => {
    const found = unwind(
      request({
        pc: BIAS + 0x1000,
        rbp: STACK + 8,
        memory: withStack([BIAS + 0x2050, 0xdead, BIAS + 0x3020]),
        moduleAt: inModule(frames),
      }),
    );
    expect(found).toEqual([
      { pc: BIAS + 0x1000, cfa: STACK + 8, afterCall: false },
      { pc: BIAS + 0x2050, cfa: STACK + 24, afterCall: true },
      { pc: BIAS + 0x3020, cfa: STACK + 32, afterCall: true },
    ]);
  });

  it('needs no frame information at an entry', () => {
    const at = request({
      pc: 0x555,
      standsAt: 'entry',
      memory: withStack([BIAS + 0x3020]),
      moduleAt: inModule(frames),
    });
    expect(pcs(at)).toEqual([0x555, BIAS + 0x3020]);
  });

  it('looks a caller up by its call instruction, not by what follows it', () => {
    // The call is the last instruction of 0x3000…0x3100; the return address lies behind the function.
    const at = request({
      pc: BIAS + 0x1000,
      memory: withStack([BIAS + 0x3100, BIAS + 0x2050]),
      moduleAt: inModule(frames),
    });
    expect(pcs(at)).toEqual([BIAS + 0x1000, BIAS + 0x3100]);
  });

  it('follows frame pointers through code without information', () => {
    const at = request({
      pc: 0x555,
      rbp: STACK,
      memory: withStack([STACK + 16, 0x777, 0, BIAS + 0x3020]),
      moduleAt: inModule(frames),
    });
    expect(pcs(at)).toEqual([0x555, 0x777, BIAS + 0x3020]);
  });

  it('does not take for a frame what does not lead up the stack or into a module', () => {
    const at = (saved: number) =>
      request({ pc: 0x555, rbp: STACK, memory: withStack([saved, 0x777]) });
    expect(pcs(at(STACK - 16))).toEqual([0x555]);
    expect(pcs(at(STACK + 16))).toEqual([0x555, 0x777]);
  });

  it('unwinds i386, whose registers are the lower halves', () => {
    const map = i386.dwarfRegisters;
    const bytes = new ByteWriter();
    bytes.sized((cie) => {
      cie.u32(0).u8(1).text('').uleb(1).sleb(-4).u8(8);
      cie.u8(0x0c).uleb(4).uleb(8).u8(0x88).uleb(2).pad(4); // CFA = esp + 8, eip at CFA - 8
    });
    const at = bytes.length;
    bytes.sized((fde) =>
      fde
        .u32(at + 4)
        .u32(0x1000)
        .u32(0x100)
        .pad(4),
    );
    const located = { bytes: bytes.u32(0).toBytes(), address: SECTION_AT };
    const table = new FrameTable({ wordBytes: 4, ehFrame: located }, map.offsets.length);
    const words = new ByteWriter()
      .u32(BIAS + 0x1040)
      .u32(0x1111)
      .u32(0x2222)
      .toBytes();
    const registers = new DataView(new ArrayBuffer(27 * 8));
    registers.setUint32(128, BIAS + 0x1000, true);
    registers.setUint32(132, 0xffffffff, true); // not part of a 32-bit register
    registers.setUint32(152, STACK, true);
    const found = unwind({
      ...request({ pc: 0 }),
      map,
      registers,
      standsAt: 'entry',
      moduleAt: inModule(table),
      memory: {
        read: (address, into) => {
          into.set(words, STACK - address);
          return STACK - address + words.length;
        },
      },
    });
    expect(found.map(({ pc, cfa }) => [pc, cfa])).toEqual([
      [BIAS + 0x1000, STACK + 4],
      [BIAS + 0x1040, STACK + 12],
      [0x1111, STACK + 12],
    ]);
  });

  it('reads what a signal frame saved, and the interrupted instruction as it stands', () => {
    const signal = tableOf(
      ehFrame([{ from: 0x1000, size: 0x100, instructions: () => undefined }], 'zRS'),
    );
    const found = unwind(
      request({
        pc: BIAS + 0x1000,
        memory: withStack([BIAS + 0x1001, 0x999]),
        moduleAt: inModule(signal),
      }),
    );
    expect(found.map((frame) => frame.afterCall)).toEqual([false, false, false]);
  });

  it('evaluates the expression of a lazy PLT', () => {
    // CFA = rsp + 8 + ((rip & 15) >= 11) << 3, as GNU ld writes it for .plt
    const expression = [0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22];
    const plt = tableOf(
      ehFrame([
        {
          from: 0x1000,
          size: 0x100,
          instructions: (to) =>
            to
              .u8(0x0f)
              .uleb(expression.length)
              .u8(...expression),
        },
      ]),
    );
    const cfaAt = (pc: number) =>
      unwind(request({ pc, memory: withStack([1, 2, 3]), moduleAt: inModule(plt) }))[0]?.cfa;
    expect(cfaAt(BIAS + 0x1010)).toBe(STACK + 8);
    expect(cfaAt(BIAS + 0x101a)).toBe(STACK + 8);
    expect(cfaAt(BIAS + 0x101b)).toBe(STACK + 16);
  });

  it('shows the original place of an instruction whose copy runs', () => {
    const found = pcs(
      request({
        pc: 0x9000,
        memory: withStack([BIAS + 0x3020]),
        moduleAt: inModule(frames),
        originalOf: (address) => (address === 0x9000 ? toAddress(BIAS + 0x1000) : address),
      }),
    );
    expect(found).toEqual([BIAS + 0x1000, BIAS + 0x3020]);
  });

  it('gives no more frames than asked for', () => {
    const words = Array.from({ length: 64 }, () => BIAS + 0x1010);
    const at = request({
      pc: BIAS + 0x1000,
      memory: withStack(words),
      moduleAt: inModule(frames),
      limit: 5,
    });
    expect(unwind(at)).toHaveLength(5);
  });
});

describe('FrameTable', () => {
  const bytes = ehFrame([
    { from: 0x1000, size: 0x100, instructions: () => undefined },
    { from: 0x2000, size: 0x100, instructions: (to) => to.u8(0x41, 0x0e).uleb(16) },
  ]);

  /** .eh_frame_hdr that lists the FDEs at these offsets of .eh_frame. */
  function header(entries: readonly (readonly [number, number])[], at: number): Uint8Array {
    const out = new ByteWriter().u8(1, 0x1b, 0x03, 0x3b);
    out.u32(SECTION_AT - (at + 4)).u32(entries.length);
    for (const [pc, offset] of entries) out.u32(pc - at).u32(SECTION_AT + offset - at);
    return out.toBytes();
  }

  it('finds an entry by the search table', () => {
    const at = 0x3f00;
    const first = new DataView(bytes.buffer).getUint32(0, true) + 4;
    const second = first + new DataView(bytes.buffer).getUint32(first, true) + 4;
    const located = {
      bytes: header(
        [
          [0x1000, first],
          [0x2000, second],
        ],
        at,
      ),
      address: at,
    };
    const table = new FrameTable(
      { ...sectionsOf(bytes), ehFrameHeader: located },
      MAP.offsets.length,
    );
    expect(ehFrameAddress(located, 8)).toBe(SECTION_AT);
    expect(table.entryAt(0x20ff)?.from).toBe(0x2000);
    expect(table.entryAt(0x2100)).toBeUndefined();
    expect(table.entryAt(0xfff)).toBeUndefined();
    expect(table.rowAt(0x2001)?.cfa).toEqual({ kind: 'register', register: 7, offset: 16 });
    expect(table.rowAt(0x2000)?.cfa).toEqual({ kind: 'register', register: 7, offset: 8 });
  });

  it('reads .debug_frame of version 4', () => {
    const section = new ByteWriter();
    section.sized((cie) =>
      cie.u32(-1).u8(4).text('').u8(8, 0).uleb(1).sleb(-8).uleb(16).u8(0x0c).uleb(7).uleb(8),
    );
    section.sized((fde) => fde.u32(0).u64(0x5000).u64(16).u8(0x44, 0x0e).uleb(32));
    const table = new FrameTable(
      { wordBytes: 8, debugFrame: section.toBytes() },
      MAP.offsets.length,
    );
    expect(table.rowAt(0x5004)?.cfa).toEqual({ kind: 'register', register: 7, offset: 32 });
  });

  it('answers within bounds whatever the bytes are', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.nat(bytes.length),
        fc.nat(bytes.length),
        fc.nat(0x3000),
        (noise, at, end, pc) => {
          const damaged = Uint8Array.from(bytes);
          damaged.set(noise.subarray(0, Math.max(0, damaged.length - at)), at);
          const table = tableOf(damaged.subarray(0, Math.max(end, at)));
          const found = unwind(
            request({
              pc: BIAS + pc,
              rbp: STACK,
              memory: withStack([BIAS + 0x2001, STACK + 64, BIAS + 0x1001, 5]),
              moduleAt: inModule(table),
            }),
          );
          expect(found.length).toBeLessThanOrEqual(100);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
