/** What a program may put where an earlier session's pages would be: nothing of it is believed unseen. */
import { SURVIVAL, SURVIVAL_HEADER_BYTES } from '../../../../src/arch/survival-layout.js';
import { survivalX86_64 } from '../../../../src/arch/x86_64/survival-code.js';
import { setWord, toAddress } from '../../../../src/base/address.js';
import { findLeftPages, handlerMark, roomMark } from '../../../../src/engine/memory/left-pages.js';
import { readLeftHandler } from '../../../../src/engine/survival/left-handler.js';
import type { Mapping } from '../../../../src/kernel/mapping.js';
import { ScriptedKernel } from '../../../support/scripted-kernel.js';
import { toProcessId } from '../../../../src/base/ids.js';

const START = 0x10000;
const TABLE = 0x20000;
const SLOTS = 64;

const anonymous = (start: number, bytes: number): Mapping => ({
  start,
  end: start + bytes,
  executable: true,
  path: '',
  offset: 0,
  file: '',
});

const MAPPINGS = [anonymous(START, 0x2000), anonymous(TABLE, SLOTS * 16)];

function memoryWith(page: Uint8Array, table: Uint8Array = new Uint8Array(SLOTS * 16)) {
  const kernel = new ScriptedKernel();
  kernel.memory.map(START, 0x2000);
  kernel.memory.map(TABLE, SLOTS * 16);
  kernel.memory.write(START, page);
  kernel.memory.write(TABLE, table);
  const pid = toProcessId(1);
  return {
    read: (at: ReturnType<typeof toAddress>, into: Uint8Array) => kernel.readMemory(pid, at, into),
  };
}

function handlerPage(table: number, mask: number): Uint8Array {
  const { bytes } = survivalX86_64.assembled(START);
  const page = new Uint8Array(SURVIVAL_HEADER_BYTES + bytes.length);
  const view = new DataView(page.buffer);
  setWord(view, SURVIVAL.SURVIVAL_TABLE, table);
  setWord(view, SURVIVAL.SURVIVAL_MASK, mask);
  page.set(handlerMark(), SURVIVAL.SURVIVAL_MARK);
  page.set(bytes, SURVIVAL_HEADER_BYTES);
  return page;
}

const tableWith = (...words: readonly (readonly [at: number, word: bigint])[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(SLOTS * 16));
  for (const [at, word] of words) view.setBigUint64(at, word, true);
  return new Uint8Array(view.buffer);
};

describe('a handler that was left', () => {
  const read = (page: Uint8Array, table?: Uint8Array) =>
    readLeftHandler(memoryWith(page, table), MAPPINGS, toAddress(START), survivalX86_64);

  it('is used again with its entries', () => {
    const page = handlerPage(TABLE, SLOTS - 1);
    const memory = memoryWith(page, tableWith([0, 0x4000n], [8, 0x11000n]));
    expect(findLeftPages(memory, MAPPINGS).handlers).toEqual([START]);
    const left = readLeftHandler(memory, MAPPINGS, toAddress(START), survivalX86_64);
    expect([...(left?.entries ?? [])]).toEqual([[0x4000, 0x11000]]);
    expect(left?.table).toMatchObject({ address: TABLE, slots: SLOTS });
  });

  it('is none when its code is another', () => {
    const page = handlerPage(TABLE, SLOTS - 1);
    page.fill(0x90, SURVIVAL_HEADER_BYTES + 5, SURVIVAL_HEADER_BYTES + 6);
    expect(read(page)).toBeUndefined();
  });

  it('is none when its table is elsewhere, or of no size', () => {
    for (const [table, mask] of [
      [0x400000, SLOTS - 1],
      [TABLE, SLOTS],
      [TABLE, 2 * SLOTS - 1],
      [TABLE, 2 ** 40 - 1],
      [TABLE + 16, SLOTS - 1],
      [0, 0],
    ] as const) {
      expect(read(handlerPage(table, mask))).toBeUndefined();
    }
  });

  it('is none when its table holds what is no address, or is full', () => {
    const page = handlerPage(TABLE, SLOTS - 1);
    expect(read(page, tableWith([0, 0xffff_ffff_ffff_ffffn]))).toBeUndefined();
    const full = Array.from({ length: SLOTS }, (_, slot) => [slot * 16, BigInt(slot + 1)] as const);
    expect(read(page, tableWith(...full))).toBeUndefined();
  });
});

describe('a room that was left', () => {
  it('lies in one mapping', () => {
    const found = (bytes: number) =>
      findLeftPages(memoryWith(roomMark(bytes)), MAPPINGS).rooms.map(({ start, end }) => [
        start,
        end,
      ]);
    expect(found(0x2000)).toEqual([[START, START + 0x2000]]);
    for (const bytes of [0, 1, 0x3000, 0x200000, 2 ** 45]) expect(found(bytes)).toEqual([]);
  });
});
