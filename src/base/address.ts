/**
 * Addresses and the only conversions between them.
 *
 * User-space addresses of x86-64, i386 and AArch64 lie below 2^52, so a JavaScript number holds them
 * exactly. A register may hold anything: it becomes an Address only through {@link addressFromWord}.
 */
import type { Brand } from './brand.js';

/** A byte address in a tracee's memory. Always an exact integer in [0, 2^53). */
export type Address = Brand<number, 'Address'>;

/** A virtual address as written in an ELF file, before the load bias is added. */
export type ImageAddress = Brand<number, 'ImageAddress'>;

/** Memory address minus image address of a loaded module; a multiple of the page size. */
export type LoadBias = Brand<number, 'LoadBias'>;

const TWO_TO_32 = 4294967296;

/** Trusts that `value` is an exact integer below 2^53, for numbers that come from the kernel. */
export function toAddress(value: number): Address {
  return value as Address;
}

export function toImageAddress(value: number): ImageAddress {
  return value as ImageAddress;
}

export function toLoadBias(value: number): LoadBias {
  return value as LoadBias;
}

export function loadedAt(address: ImageAddress, bias: LoadBias): Address {
  return (address + bias) as Address;
}

export function inImage(address: Address, bias: LoadBias): ImageAddress {
  return (address - bias) as ImageAddress;
}

export function offsetBy(address: Address, bytes: number): Address {
  return (address + bytes) as Address;
}

/**
 * The 64-bit little-endian word at `offset` as a number, for words that are addresses, sizes or ids. Exact below 2^53;
 * above that it is rounded, which still compares unequal to every address. Whatever else a register may hold (a result, a
 * negated errno) is read by {@link exactWord} or {@link signedWord}.
 */
export function wordAsNumber(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) * TWO_TO_32 + view.getUint32(offset, true);
}

/** Exact whatever its size: a number where that is exact, a bigint above 2^53. */
export function exactWord(view: DataView, offset: number): number | bigint {
  const word = wordAsNumber(view, offset);
  return word <= Number.MAX_SAFE_INTEGER ? word : view.getBigUint64(offset, true);
}

/** The same for a word that has a sign: a number from -2^53 to 2^53, a bigint beyond. */
export function signedWord(view: DataView, offset: number): number | bigint {
  const word = view.getInt32(offset + 4, true) * TWO_TO_32 + view.getUint32(offset, true);
  return Number.isSafeInteger(word) ? word : view.getBigInt64(offset, true);
}

/** Writes a number in [0, 2^53) as a 64-bit little-endian word. */
export function setWord(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value % TWO_TO_32, true);
  view.setUint32(offset + 4, Math.floor(value / TWO_TO_32), true);
}

/** undefined when the word cannot be a user-space address. */
export function addressFromWord(word: number | bigint): Address | undefined {
  if (typeof word === 'bigint') return undefined;
  return word <= Number.MAX_SAFE_INTEGER ? (word as Address) : undefined;
}

/** Consecutive bytes of a tracee's memory. */
export interface MemoryBlock {
  readonly address: Address;
  readonly bytes: number;
}
