/** C++ and Rust names in readable form. */
import { readFileSync } from 'node:fs';
import { ByteReader } from '../base/byte-reader.js';

/** undefined for names that are not mangled, and for those that no demangler understands. */
export function demangle(name: string): string | undefined {
  // _Z: Itanium C++ and old Rust; _R: Rust v0; ___Z: blocks; others need no look.
  if (!/^_{1,4}[ZR]/.test(name) || name.length > LONGEST_NAME) return undefined;
  const known = cache.get(name);
  if (known !== undefined) return known === name ? undefined : known;
  if (strikes >= MOST_STRIKES) return undefined;
  demangler ??= load();
  const demangled = readable(name, demangler(name));
  if (cache.size >= MOST_CACHED) cache.clear();
  cache.set(name, demangled);
  return demangled === name ? undefined : demangled;
}

/** What the demangler does not understand comes back as it was, or without its first underscore. */
function readable(name: string, answer: string): string {
  return answer === '' || name.endsWith(answer) ? name : answer;
}

/** 21 µs a name is much when a filter looks at ten thousand, twice. */
const MOST_CACHED = 50_000;
const cache = new Map<string, string>();

const LONGEST_NAME = 8192;

/**
 * A hostile name of 200 bytes can stand for a text of gigabytes, as each part may repeat all before it.
 * Such names cost some 100 ms until the limit stops them: after a few of them no more are read.
 */
const LONGEST_TEXT = 65536;
const MOST_STRIKES = 16;
let strikes = 0;

let demangler: ((name: string) => string) | undefined;

/** What the module of gecko-profiler-demangle exports: the calling convention of wasm-bindgen. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly __wbindgen_malloc: (size: number, alignment: number) => number;
  readonly __wbindgen_free: (address: number, size: number, alignment: number) => void;
  readonly __wbindgen_start: () => void;
  /** Takes the name, frees it, and returns address and size of the text, which we free. */
  readonly demangle_any: (address: number, size: number) => readonly [number, number];
}

/** The package is made for bundlers and cannot be required: only its WebAssembly module is used. */
function load(): (name: string) => string {
  const path = require.resolve('gecko-profiler-demangle/index_bg.wasm');
  const module = new WebAssembly.Module(withMemoryLimit(readFileSync(path)));
  let wasm = instantiate(module);
  return (name) => {
    try {
      const text = call(wasm, name);
      if (text.length <= LONGEST_TEXT) return text;
      strikes++;
      return name;
    } catch {
      // Out of memory or stack: the instance is in an unknown state.
      strikes++;
      wasm = instantiate(module);
      return name;
    }
  };
}

/** Sections of a WebAssembly module: id, size, contents. This one: count, then flags and limits. */
const MEMORY_SECTION = 5;
const HAS_MAXIMUM = 1;

/** 8 MiB in pages of 64 KiB: the module itself sets no limit, and takes gigabytes and minutes if let. */
const MOST_PAGES = 128;

/** The module with a maximum in its memory section. */
function withMemoryLimit(module: Uint8Array): Uint8Array {
  const bytes = new ByteReader(module);
  // Behind magic and version.
  let at = 8;
  while (at < bytes.length) {
    const size = unsignedLeb128(bytes, at + 1);
    const end = size.end + size.value;
    if (bytes.u8(at) === MEMORY_SECTION) {
      const initial = unsignedLeb128(bytes, size.end + 2);
      const limits = [1, HAS_MAXIMUM, ...leb128(initial.value), ...leb128(MOST_PAGES)];
      const section = [MEMORY_SECTION, ...leb128(limits.length), ...limits];
      return Buffer.concat([module.subarray(0, at), Buffer.from(section), module.subarray(end)]);
    }
    at = end;
  }
  return module;
}

function unsignedLeb128(bytes: ByteReader, start: number): { value: number; end: number } {
  let value = 0;
  let end = start;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes.u8(end++);
    value |= (byte & 0x7f) << shift;
    if ((byte & 0x80) === 0) return { value, end };
  }
}

function leb128(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb128(value >>> 7)];
}

function instantiate(module: WebAssembly.Module): Exports {
  const imports = { './index_bg.js': { __wbindgen_init_externref_table: () => undefined } };
  const wasm = new WebAssembly.Instance(module, imports).exports as Exports;
  wasm.__wbindgen_start();
  return wasm;
}

function call(wasm: Exports, name: string): string {
  const input = Buffer.from(name);
  const at = wasm.__wbindgen_malloc(input.length, 1) >>> 0;
  input.copy(Buffer.from(wasm.memory.buffer), at);
  const [start, size] = wasm.demangle_any(at, input.length);
  // The call may have grown the memory: its buffer is a new one then.
  const text = Buffer.from(wasm.memory.buffer, start >>> 0, size).toString('utf8');
  wasm.__wbindgen_free(start, size, 1);
  return text;
}
