/**
 * Pages of ours stay in a process that was attached to, since a thread may be in them for ever. The next session finds them
 * by these marks and uses them again, so that they do not become more with each.
 */
import { offsetBy, toAddress, wordAsNumber, setWord, type Address } from '../../base/address.js';
import { SURVIVAL } from '../../arch/survival-layout.js';
import type { Mapping } from '../../kernel/mapping.js';
import { PAGE_BYTES } from './page-cache.js';
import type { ProcessMemory } from './process-memory.js';

export interface Range {
  readonly start: Address;
  readonly end: Address;
}

export interface LeftPages {
  /** For copies: see scratch-area.ts. */
  readonly rooms: readonly Range[];
  /** Each may hold a handler: see survival-handler.ts. */
  readonly handlers: readonly Address[];
}

/** Before the copies of a room: this mark, and the length of the room, 8 bytes each. */
export const ROOM_MARK_BYTES = 16;
const ROOM_MARK = 'tslRooms';
/** In a page with a handler. */
const HANDLER_MARK_OFFSET = SURVIVAL.SURVIVAL_MARK;
const HANDLER_MARK = 'tslTraps';
const MARK_CHARACTERS = 8;
/** Looked at in the whole process; a JIT's code may have many more, and ours are in small mappings. */
const MOST_PAGES = 2048;
const PAGES_AT_ONCE = 64;
const LONGEST_ROOM = 0x100000;

export function roomMark(bytes: number): Uint8Array {
  const mark = new Uint8Array(ROOM_MARK_BYTES);
  mark.set(Buffer.from(ROOM_MARK));
  setWord(new DataView(mark.buffer), MARK_CHARACTERS, bytes);
  return mark;
}

export const handlerMark = (): Uint8Array => Buffer.from(HANDLER_MARK);

/** The program may have put marks anywhere: what is found is looked at before it is used. */
export function findLeftPages(
  memory: Pick<ProcessMemory, 'read'>,
  mappings: readonly Mapping[],
): LeftPages {
  const rooms: Range[] = [];
  const handlers: Address[] = [];
  const look = (at: Address, page: Uint8Array, end: number): void => {
    if (textAt(page, 0) === ROOM_MARK) {
      const room = { start: at, end: offsetBy(at, lengthIn(page)) };
      if (isRoom(room.start, room.end) && room.end <= end) rooms.push(room);
    } else if (textAt(page, HANDLER_MARK_OFFSET) === HANDLER_MARK) handlers.push(at);
  };
  let left = MOST_PAGES;
  for (const { start, end } of anonymousCode(mappings)) {
    for (const { at, page } of pagesIn(memory, start, Math.min(end, start + left * PAGE_BYTES))) {
      look(at, page, end);
    }
    left -= Math.min(left, (end - start) / PAGE_BYTES);
  }
  return { rooms, handlers };
}

/** Those that can be read, many at a time. */
function* pagesIn(
  memory: Pick<ProcessMemory, 'read'>,
  start: number,
  end: number,
): Generator<{ readonly at: Address; readonly page: Uint8Array }> {
  const bytes = new Uint8Array(Math.min(end - start, PAGES_AT_ONCE * PAGE_BYTES));
  for (let at = start; at < end;) {
    const part = bytes.subarray(0, end - at);
    const whole = Math.floor(memory.read(toAddress(at), part) / PAGE_BYTES);
    for (let index = 0; index < whole; index++) {
      const offset = index * PAGE_BYTES;
      yield { at: toAddress(at + offset), page: part.subarray(offset, offset + PAGE_BYTES) };
    }
    // One that cannot be read is left out.
    at += PAGE_BYTES * (whole * PAGE_BYTES === part.length ? whole : whole + 1);
  }
}

/** Does all of it lie in memory of the kind that we map? */
export function isAnonymousCode(
  mappings: readonly Mapping[],
  start: Address,
  bytes: number,
): boolean {
  return anonymousCode(mappings).some(
    (mapping) => start >= mapping.start && offsetBy(start, bytes) <= mapping.end,
  );
}

function anonymousCode(mappings: readonly Mapping[]): readonly Mapping[] {
  return mappings
    .filter(({ executable, path, file }) => executable && path === '' && file === '')
    .sort((a, b) => a.end - a.start - (b.end - b.start));
}

function isRoom(start: number, end: number): boolean {
  const bytes = end - start;
  return bytes > 0 && bytes <= LONGEST_ROOM && bytes % PAGE_BYTES === 0;
}

const lengthIn = (page: Uint8Array): number =>
  wordAsNumber(new DataView(page.buffer, page.byteOffset, page.byteLength), MARK_CHARACTERS);

const textAt = (bytes: Uint8Array, at: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + at, MARK_CHARACTERS).toString('latin1');
