/** Where errno lies, read from the code of `__errno_location()`: the only part of libc that knows. */
import type { ErrnoLocation } from '../arch.js';
import type { CodeBits } from './instruction-shape.js';

/**
 * @param code the first bytes of `__errno_location`, 32 of them
 * @param at   where they stand
 * @returns undefined for code of a shape that no known C library has
 */
export function decodeErrnoLocation(
  code: Uint8Array,
  at: number,
  bits: CodeBits,
): ErrnoLocation | undefined {
  if (code.length < 24) return undefined;
  const start = ENDBR.every((byte, index) => code[index] === byte) ? 4 : 0;
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  return bits === 64 ? decode64(view, at, start) : decode32(view, at, start);
}

/** endbr64 and endbr32 differ in the last byte. */
const ENDBR = [0xf3, 0x0f, 0x1e];

function decode64(view: DataView, at: number, start: number): ErrnoLocation | undefined {
  // glibc: mov offset(%rip),%rax; add %fs:0,%rax
  if (has(view, start, [0x48, 0x8b, 0x05])) {
    return { kind: 'slot', slot: at + start + 7 + view.getInt32(start + 3, true) };
  }
  // musl: mov %fs:0,%rax; add $offset,%rax
  const afterLoad = start + 9;
  if (!has(view, start, [0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0])) return undefined;
  if (has(view, afterLoad, [0x48, 0x83, 0xc0])) {
    return { kind: 'offset', offset: view.getInt8(afterLoad + 3) };
  }
  if (has(view, afterLoad, [0x48, 0x05])) {
    return { kind: 'offset', offset: view.getInt32(afterLoad + 2, true) };
  }
  return undefined;
}

function decode32(view: DataView, at: number, start: number): ErrnoLocation | undefined {
  // glibc: call __x86.get_pc_thunk.ax; add $got,%eax; mov offset(%eax),%eax; add %gs:0,%eax
  if (
    has(view, start, [0xe8]) &&
    has(view, start + 5, [0x05]) &&
    has(view, start + 10, [0x8b, 0x80])
  ) {
    const got = at + start + 5 + view.getInt32(start + 6, true);
    return { kind: 'slot', slot: (got + view.getInt32(start + 12, true)) >>> 0 };
  }
  // musl: mov %gs:0,%eax; add $offset,%eax
  if (has(view, start, [0x65, 0xa1, 0, 0, 0, 0]) && has(view, start + 6, [0x83, 0xc0])) {
    return { kind: 'offset', offset: view.getInt8(start + 8) };
  }
  return undefined;
}

function has(view: DataView, at: number, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => view.getUint8(at + index) === byte);
}
