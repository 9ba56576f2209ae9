/** C++ and Rust names in readable form. */
import { readFileSync } from 'node:fs';

/** undefined for names that are not mangled, and for those that no demangler understands. */
export function demangle(name: string): string | undefined {
  // _Z: Itanium C++ and old Rust; _R: Rust v0; ___Z: blocks; others need no look.
  if (!/^_{1,4}[ZR]/.test(name) || name.length > LONGEST_NAME) return undefined;
  const known = cache.get(name);
  if (known !== undefined) return known === name ? undefined : known;
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

/** Deep nesting grows exponentially when substitutions are written out. */
const LONGEST_NAME = 8192;

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
  let wasm = instantiate(new WebAssembly.Module(readFileSync(path)));
  return (name) => {
    try {
      return call(wasm, name);
    } catch {
      // A trap (stack exhausted by a hostile name) leaves the instance in an unknown state.
      wasm = instantiate(new WebAssembly.Module(readFileSync(path)));
      return name;
    }
  };
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
