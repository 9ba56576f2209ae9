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
const LOOKED_AT = HANDLER_MARK_OFFSET + MARK_CHARACTERS;
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
  const start = new Uint8Array(LOOKED_AT);
  const view = new DataView(start.buffer);
  let left = MOST_PAGES;
  for (const mapping of anonymousCode(mappings)) {
    for (let at = mapping.start; at < mapping.end && left > 0; at += PAGE_BYTES, left--) {
      if (memory.read(toAddress(at), start) !== LOOKED_AT) continue;
      if (textAt(start, 0) === ROOM_MARK) {
        const end = at + wordAsNumber(view, MARK_CHARACTERS);
        if (isRoom(at, end) && end <= mapping.end)
          rooms.push({ start: toAddress(at), end: toAddress(end) });
      } else if (textAt(start, HANDLER_MARK_OFFSET) === HANDLER_MARK) {
        handlers.push(toAddress(at));
      }
    }
  }
  return { rooms, handlers };
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

const textAt = (bytes: Uint8Array, at: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + at, MARK_CHARACTERS).toString('latin1');
