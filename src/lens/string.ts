// Hot path: runs at every stop.
/** Text and bytes in a tracee's memory, read in as few calls as possible and never more than allowed. */
import { isUtf8 } from 'node:buffer';
import { toAddress } from '../base/address.js';
import type { BufferValue, Value } from '../trace/value.js';
import type { LensContext } from './lens.js';
import { unreadable } from './lens.js';
import { FIRST_READ } from './texts-ahead.js';

const LARGEST_READ = 65536;
/** No single value is larger, whatever `-s` says. */
const LARGEST_STRING = 64 * 1024 * 1024;

const scratch = new Uint8Array(LARGEST_READ);
const firstRead = scratch.subarray(0, FIRST_READ);

/** What was found: `bytes` without the terminator. */
export interface RawString {
  readonly bytes: Uint8Array;
  /** A terminator was found, or the limit was reached with `most` units. */
  readonly ended: 'terminator' | 'limit' | 'unreadable';
}

/**
 * Units up to the first that is zero.
 *
 * @param most units to read at most
 * @param unit bytes of one unit: 1, or 2 and 4 for wide characters
 */
export function readUpToZero(
  context: LensContext,
  address: number,
  most: number,
  unit: 1 | 2 | 4 | 8,
): RawString {
  const limit = Math.min(most * unit, LARGEST_STRING);
  const parts: Uint8Array[] = [];
  let done = 0;
  let size = FIRST_READ;
  const known = unit === 1 ? context.ahead.find(address) : undefined;
  if (known !== undefined) {
    const { bytes } = context.ahead;
    const most = Math.min(known.bytes, limit);
    const zero = findZero(bytes, known.start, most, 1);
    parts.push(keep(bytes, known.start, zero === -1 ? most : zero));
    if (zero !== -1) return { bytes: join(parts), ended: 'terminator' };
    done = most;
  }
  while (done < limit) {
    const wanted = Math.min(size, limit - done);
    const into = wanted === FIRST_READ ? firstRead : scratch.subarray(0, wanted);
    const got = context.at.memory.read(toAddress(address + done), into);
    const whole = got - (got % unit);
    const zero = findZero(into, 0, whole, unit);
    parts.push(keep(into, 0, zero === -1 ? whole : zero));
    if (zero !== -1) return { bytes: join(parts), ended: 'terminator' };
    if (got < wanted) return { bytes: join(parts), ended: 'unreadable' };
    done += whole;
    size = Math.min(size * 2, LARGEST_READ);
  }
  return { bytes: join(parts), ended: 'limit' };
}

/** Short strings share blocks: memory of its own costs each several times what reading it does. */
const SHARED_BYTES = 16384;
const SHORT = 1024;
let shared = new Uint8Array(SHARED_BYTES);
let used = 0;

/** A copy of `count` bytes. */
function keep(bytes: Uint8Array, start: number, count: number): Uint8Array {
  if (count > SHORT) return bytes.slice(start, start + count);
  if (used + count > SHARED_BYTES) {
    shared = new Uint8Array(SHARED_BYTES);
    used = 0;
  }
  const copy = new Uint8Array(shared.buffer, used, count);
  for (let at = 0; at < count; at++) copy[at] = bytes[start + at] ?? 0;
  used += count;
  return copy;
}

/** Exactly `count` bytes, or as many as are readable. */
export function readBytes(context: LensContext, address: number, count: number): Uint8Array {
  const wanted = Math.min(count, LARGEST_STRING);
  const into = new Uint8Array(wanted);
  const got = wanted === 0 ? 0 : context.at.memory.read(toAddress(address), into);
  return got === wanted ? into : into.subarray(0, Math.max(0, got));
}

/**
 * A narrow string up to its NUL.
 *
 * @param shown `-s`: characters to show
 * @param most  characters it can have at all (`string[EXPR]`), Infinity when only the NUL ends it
 */
export function narrowString(
  context: LensContext,
  address: number,
  shown: number,
  most: number,
): Value {
  // One more than is shown, to see whether it ends there.
  const { bytes, ended } = readUpToZero(context, address, Math.min(most, shown + 1), 1);
  if (ended === 'unreadable' && bytes.length === 0) return unreadable(address);
  const truncated = bytes.length > shown || ended === 'unreadable';
  return {
    kind: 'string',
    bytes: bytes.length > shown ? bytes.subarray(0, shown) : bytes,
    encoding: 'bytes',
    truncated,
    address: toAddress(address),
  };
}

/** A string of wide characters up to the one that is zero; parameters as for narrowString. */
export function wideString(
  context: LensContext,
  address: number,
  limits: { readonly shown: number; readonly most: number; readonly unit: 2 | 4 | 8 },
): Value {
  const { shown, most, unit } = limits;
  const { bytes, ended } = readUpToZero(context, address, Math.min(most, shown + 1), unit);
  if (ended === 'unreadable' && bytes.length === 0) return unreadable(address);
  const units = bytes.length / unit;
  return {
    kind: 'string',
    bytes: wideToUtf8(bytes, Math.min(units, shown), unit),
    encoding: 'wide',
    truncated: units > shown || ended === 'unreadable',
    address: toAddress(address),
  };
}

const LARGEST_CODE_POINT = 0x10ffff;
const REPLACEMENT = 0xfffd;

export function wideToUtf8(bytes: Uint8Array, count: number, unit: 2 | 4 | 8): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = '';
  for (let index = 0; index < count; index++) {
    const at = index * unit;
    const code = unit === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
    text += String.fromCodePoint(code <= LARGEST_CODE_POINT ? code : REPLACEMENT);
  }
  return Buffer.from(text, 'utf8');
}

/** `length` bytes at `address`, `-s` of them at most. */
export function bufferValue(
  context: LensContext,
  address: number,
  length: number,
  shown: number,
): Value {
  const bytes = readBytes(context, address, Math.min(length, shown));
  if (bytes.length === 0 && length > 0 && shown > 0) return unreadable(address);
  return { kind: 'buffer', bytes, length, style: styleOf(bytes), address: toAddress(address) };
}

/** Text when it is UTF-8 (perhaps cut in a character) with hardly a control character. */
function styleOf(bytes: Uint8Array): BufferValue['style'] {
  let controls = 0;
  for (const byte of bytes) {
    const space = byte === 0x09 || byte === 0x0a || byte === 0x0d;
    if ((byte < 0x20 && !space) || byte === 0x7f) controls++;
  }
  if (controls * 8 > bytes.length) return 'hex';
  for (let cut = 0; cut < 4 && cut <= bytes.length; cut++) {
    if (isUtf8(bytes.subarray(0, bytes.length - cut))) return 'text';
  }
  return 'hex';
}

/** Offset from `start` of the first unit that is zero, -1 when there is none in `length` bytes. */
function findZero(bytes: Uint8Array, start: number, length: number, unit: number): number {
  if (unit === 1) {
    for (let at = 0; at < length; at++) if (bytes[start + at] === 0) return at;
    return -1;
  }
  for (let at = 0; at < length; at += unit) {
    let byte = 0;
    while (byte < unit && bytes[start + at + byte] === 0) byte++;
    if (byte === unit) return at;
  }
  return -1;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (parts.length <= 1) return first ?? new Uint8Array(0);
  return Buffer.concat(parts);
}
