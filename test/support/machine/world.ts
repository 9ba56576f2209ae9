/**
 * A small program with its dynamic linker and two libraries, as files and in memory: real images, whose code says where
 * calls lead, though nobody executes it. See machine.ts for who comes by.
 */
import { fileOf } from '../../../src/base/file-bytes.js';
import type { ImageFile } from '../../../src/kernel/tracee-files.js';
import type { Mapping } from '../../../src/kernel/mapping.js';
import { buildImage, type ImageSpec, type TestSymbol } from '../elf-builder.js';

/** Where elf-builder puts the first section, and how it aligns the next ones. */
const FIRST_SECTION = 288;
const ALIGNED = 16;
const PAGE = 0x1000;
const STUB_BYTES = 16;
/** `call rel32` and a `nop`. */
const CALL_BYTES = 6;
/** `call *slot(%rip)` */
const POINTER_CALL_BYTES = 6;
const R_X86_64_GLOB_DAT = 6;
const R_X86_64_JUMP_SLOT = 7;
/** DT_PLTGOT, DT_DEBUG of <elf.h>. */
const DT_PLTGOT = 3;
const DT_DEBUG = 21;
const STT_GNU_IFUNC = 10;

export const PROGRAM_BASE = 0x400000;
export const LINKER_BASE = 0x7f00_0000_0000;
export const LIBC_BASE = 0x7f00_0010_0000;
export const PLUGIN_BASE = 0x7f00_0020_0000;
export const STACK = { start: 0x7ffe_0000_0000, bytes: 0x40000 };

/** What the program imports, each through a stub of its own. */
export const IMPORTS = [
  ...(['puts', 'strlen', 'wrapper', 'longjmp', '_setjmp', 'dlopen', 'dlsym', 'memcpy'] as const),
] as const;
export type Import = (typeof IMPORTS)[number];

/** What it imports without a stub: `main` calls it through a slot of the dynamic linker. */
export const POINTED = 'qsort';
/** Of ptrace(2): it could ask to be traced. */
const UNCALLED = 'ptrace';

const LIBC_FUNCTIONS = [
  ...IMPORTS,
  'fast_memcpy',
  POINTED,
  'syscall',
  'clone',
  '__errno_location',
] as const;
export type LibcFunction = (typeof LIBC_FUNCTIONS)[number];

/** Of functions of the program's own. */
export const OWN_FUNCTIONS = ['main', 'helper'] as const;
export type OwnFunction = (typeof OWN_FUNCTIONS)[number];

export interface LoadedImage {
  readonly path: string;
  readonly base: number;
  readonly bytes: Uint8Array;
  /** Address of its dynamic section. */
  readonly dynamic: number;
}

export interface World {
  readonly program: LoadedImage;
  readonly linker: LoadedImage;
  readonly libc: LoadedImage;
  readonly plugin: LoadedImage;
  readonly entry: number;
  /** Stubs of the program. */
  readonly stubs: Readonly<Record<Import, number>>;
  /** Slots that they jump through. */
  readonly slots: Readonly<Record<Import, number>>;
  /** Behind the instruction in `main` that calls the stub. */
  readonly returnsTo: Readonly<Record<Import, number>>;
  /** The slot of what is called through a pointer, and behind the instruction that does so. */
  readonly pointed: { readonly slot: number; readonly returnsTo: number };
  /** Labels without a type: one that `main` calls, and one that nobody does. */
  readonly label: number;
  readonly quiet: number;
  readonly own: Readonly<Record<OwnFunction, number>>;
  readonly functions: Readonly<Record<LibcFunction, number>>;
  /** The function of the plugin. */
  readonly plugged: number;
  /** `_dl_debug_state`. */
  readonly announce: number;
  readonly debugStructure: number;
  /** A page for link maps and texts. */
  readonly data: number;
}

export function buildWorld(): World {
  const libc = buildLibrary('libc.so.6', LIBC_BASE, LIBC_FUNCTIONS, {
    // `jmp strlen`, as compilers end a function that does nothing else.
    wrapper: (at, functions) => jump(at, functions['strlen'] ?? 0),
    syscall: () => Uint8Array.of(0x0f, 0x05, 0xc3),
    // `mov %fs:0,%rax`, `add $-16,%rax`, `ret`.
    __errno_location: () =>
      Uint8Array.of(0x64, 0x48, 0x8b, 4, 0x25, 0, 0, 0, 0, 0x48, 0x83, 0xc0, 0xf0, 0xc3),
  });
  const plugin = buildLibrary('libplug.so', PLUGIN_BASE, ['plugged'], {});
  const linker = buildLinker();
  return {
    ...buildProgram(),
    ...{ libc: libc.image, plugin: plugin.image },
    functions: libc.functions,
    plugged: plugin.functions['plugged'] ?? 0,
    ...linker,
    data: LINKER_BASE + 0x8000,
  };
}

function buildProgram(): Pick<
  World,
  'program' | 'entry' | 'stubs' | 'slots' | 'returnsTo' | 'pointed' | 'label' | 'quiet' | 'own'
> {
  const text = PROGRAM_BASE + FIRST_SECTION;
  const main = text + STUB_BYTES * (IMPORTS.length + 1);
  const pointer = main + CALL_BYTES * IMPORTS.length;
  const labelCall = pointer + POINTER_CALL_BYTES;
  const helper = labelCall + CALL_BYTES + 2;
  const label = helper + 8;
  const quiet = label + 8;
  const table = quiet + 8;
  const textBytes = table + 8 - text;
  const got = PROGRAM_BASE + align(FIRST_SECTION + textBytes);
  const code = new Uint8Array(textBytes).fill(0x90);
  const slotTable = Buffer.alloc(8 * (IMPORTS.length + 4));
  const stubs: Record<string, number> = {};
  const slots: Record<string, number> = {};
  const returnsTo: Record<string, number> = {};
  IMPORTS.forEach((name, index) => {
    const stub = text + STUB_BYTES * (index + 1);
    const slot = got + 8 * (index + 3);
    const call = main + CALL_BYTES * index;
    // `jmp *slot(%rip)`, `push index`, `jmp` to the first stub.
    code.set([0xff, 0x25, ...int32(slot - (stub + 6)), 0x68, ...int32(index)], stub - text);
    code.set(jump(stub + 11, text), stub + 11 - text);
    code.set([0xe8, ...int32(stub - (call + 5)), 0x90], call - text);
    // As the file has it: to what asks the dynamic linker.
    slotTable.writeBigUInt64LE(BigInt(stub + 6), slot - got);
    Object.assign(stubs, { [name]: stub });
    Object.assign(slots, { [name]: slot });
    Object.assign(returnsTo, { [name]: call + 5 });
  });
  const pointed = got + 8 * (IMPORTS.length + 3);
  // `call *slot(%rip)`; `call label`.
  code.set([0xff, 0x15, ...int32(pointed - labelCall)], pointer - text);
  code.set([0xe8, ...int32(label - (labelCall + 5)), 0x90], labelCall - text);
  code.set(FUNCTION, helper - text);
  code.set(FUNCTION, label - text);
  code.set(FUNCTION, quiet - text);
  // No instructions.
  code.set([0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x27], table - text);
  const symbols = [...IMPORTS, POINTED, UNCALLED].map((name): TestSymbol => ({ name, section: 0 }));
  const bytes = buildImage({
    type: 2,
    base: PROGRAM_BASE,
    interpreter: '/lib/ld.so',
    needed: ['libc.so.6'],
    entries: [
      [DT_PLTGOT, got],
      [DT_DEBUG, 0],
    ],
    symbols,
    staticSymbols: [
      { name: 'main', value: main, size: helper - main },
      { name: 'helper', value: helper, size: FUNCTION.length },
      { name: 'label', value: label, type: 0 },
      { name: 'quiet', value: quiet, type: 0 },
      { name: 'table', value: table, type: 0 },
    ],
    relocations: [{ type: R_X86_64_GLOB_DAT, slot: pointed, symbol: IMPORTS.length + 1 }],
    pltRelocations: IMPORTS.map((_, index) => ({
      type: R_X86_64_JUMP_SLOT,
      slot: got + 8 * (index + 3),
      symbol: index + 1,
    })),
    sections: [
      { name: '.plt', bytes: code, loaded: true, flags: 6 },
      { name: '.got.plt', bytes: slotTable, loaded: true, flags: 3 },
    ],
  });
  return {
    program: imageOf('/bin/program', PROGRAM_BASE, bytes),
    entry: PROGRAM_BASE + 0x40,
    stubs: stubs as World['stubs'],
    slots: slots as World['slots'],
    returnsTo: returnsTo as World['returnsTo'],
    pointed: { slot: pointed, returnsTo: labelCall },
    label,
    quiet,
    own: { main, helper },
  };
}

type Code = (at: number, functions: Readonly<Record<string, number>>) => Uint8Array;

/** push %rbp; mov %rsp,%rbp; pop %rbp; ret */
const FUNCTION = Uint8Array.of(0x55, 0x48, 0x89, 0xe5, 0x5d, 0xc3);

function buildLibrary(
  soname: string,
  base: number,
  names: readonly string[],
  special: Readonly<Record<string, Code>>,
): { readonly image: LoadedImage; readonly functions: Readonly<Record<string, number>> } {
  const at = (index: number): number => FIRST_SECTION + 16 * index;
  const offsets = Object.fromEntries(names.map((name, index) => [name, at(index)]));
  const code = new Uint8Array(16 * names.length).fill(0xc3);
  names.forEach((name, index) => {
    code.set(special[name]?.(at(index), offsets) ?? FUNCTION, 16 * index);
  });
  const bytes = buildImage({
    soname,
    // memcpy is an IFUNC: its code says which function it is to be.
    symbols: names.map((name, index) => ({
      ...{ name, value: at(index), size: 8 },
      ...(name === 'memcpy' && { type: STT_GNU_IFUNC }),
    })),
    sections: [{ name: '.text', bytes: code, loaded: true, flags: 6 }],
  });
  const functions = Object.fromEntries(names.map((name, index) => [name, base + at(index)]));
  return { image: imageOf(`/lib/${soname}`, base, bytes), functions };
}

function buildLinker(): Pick<World, 'linker' | 'announce' | 'debugStructure'> {
  // A function that returns, and a system call: the tracer has threads make calls of its own there.
  const code = Uint8Array.of(0xc3, 0x90, 0x90, 0x90, 0x0f, 0x05, 0xc3);
  const structure = new Uint8Array(64);
  const at = align(FIRST_SECTION + code.length);
  const spec: ImageSpec = {
    soname: 'ld.so',
    symbols: [
      { name: '_dl_debug_state', value: FIRST_SECTION, size: 1 },
      { name: '_r_debug', value: at, size: 40, type: 1 },
    ],
    sections: [
      { name: '.text', bytes: code, loaded: true, flags: 6 },
      { name: '.data', bytes: structure, loaded: true, flags: 3 },
    ],
  };
  return {
    linker: imageOf('/lib/ld.so', LINKER_BASE, buildImage(spec)),
    announce: LINKER_BASE + FIRST_SECTION,
    debugStructure: LINKER_BASE + at,
  };
}

function imageOf(path: string, base: number, bytes: Uint8Array): LoadedImage {
  const view = Buffer.from(bytes);
  // PT_DYNAMIC is one of the program headers at offset 64: p_type, p_vaddr.
  for (let at = 64; at < FIRST_SECTION; at += 56) {
    if (view.readUInt32LE(at) !== 2) continue;
    const address = Number(view.readBigUInt64LE(at + 16));
    return { path, base, bytes, dynamic: address >= base ? address : base + address };
  }
  throw new Error(`${path} has no dynamic section`);
}

export function fileOfImage({ path, bytes }: LoadedImage): ImageFile {
  return { ...fileOf(bytes), identity: path };
}

export function mappingOf({ path, base, bytes }: LoadedImage): Mapping {
  const end = base + Math.ceil(bytes.length / PAGE) * PAGE;
  return { start: base, end, executable: true, path, offset: 0, file: `fd:01 ${path}` };
}

function align(offset: number): number {
  return Math.ceil(offset / ALIGNED) * ALIGNED;
}

function jump(from: number, to: number): Uint8Array {
  return Uint8Array.of(0xe9, ...int32(to - (from + 5)));
}

function int32(value: number): readonly number[] {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return [...bytes];
}
