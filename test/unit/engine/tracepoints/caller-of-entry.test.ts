/** Who called, as the call instruction tells it: for functions, and for a stub that stands for one. */
import type { Callee } from '../../../../src/arch/arch.js';
import { x86_64 } from '../../../../src/arch/x86_64/x86_64.js';
import { toAddress, toLoadBias, type Address } from '../../../../src/base/address.js';
import { ElfImage } from '../../../../src/elf/elf-image.js';
import { Module } from '../../../../src/engine/modules/module.js';
import { NOWHERE } from '../../../../src/filter/symbol-filter.js';
import type { LoadedCode } from '../../../../src/engine/points/loaded-code.js';
import { CallRules } from '../../../../src/engine/tracepoints/call-rules.js';
import {
  callerOfEntry,
  callerOfSharedStub,
} from '../../../../src/engine/tracepoints/caller-of-entry.js';
import { ImportIndex } from '../../../../src/engine/tracepoints/import-index.js';
import { parseCallFilter } from '../../../../src/filter/parse-filter.js';
import { buildImage, type ImageSpec } from '../../../support/elf-builder.js';

/** R_X86_64_GLOB_DAT of the psABI, table 4.9. */
const GLOB_DAT = 6;
/** `jmp *slot(%rip)` of six bytes. */
const STUB_BYTES = 6;
const SLOT = 0x900;
const JIT = { start: 0x90000, end: 0x91000, path: '', executable: true, writable: true };

function moduleAt(base: number, path: string, spec: ImageSpec): Module {
  const image = ElfImage.parse(buildImage({ ...spec, base }), path);
  return new Module(image, path, toLoadBias(0), path === '/bin/program' ? 'program' : 'library');
}

const importer: ImageSpec = {
  symbols: [{ name: 'free', section: 0 }],
  relocations: [{ type: GLOB_DAT, slot: 0x30000 + SLOT, symbol: 1 }],
};
const program = moduleAt(0x10000, '/bin/program', {});
const libc = moduleAt(0x20000, '/lib/libc.so.6', {
  symbols: [{ name: 'free', value: 0x20040, size: 4 }],
});
const other = moduleAt(0x30000, '/lib/libother.so', importer);
const modules = [program, libc, other];

const ENTRY = toAddress(0x10020);
const FREE = toAddress(0x20040);
/** Of libother, with a slot that leads to ENTRY. */
const STUB = toAddress(0x30020);

const space = {
  arch: x86_64,
  codeAt: (address: number) => (address >= JIT.start && address < JIT.end ? JIT : undefined),
  modules: { at: (address: number) => modules.find((module) => module.contains(address)) },
  memory: {
    readWord: (address: number) => (address === 0x30000 + SLOT ? ENTRY : undefined),
    readCode: (address: number, bytes: number) => {
      const code = new Uint8Array(bytes);
      if (address !== STUB) return code;
      code.set([0xff, 0x25]);
      new DataView(code.buffer).setInt32(2, 0x30000 + SLOT - STUB - STUB_BYTES, true);
      return code;
    },
  },
} as unknown as LoadedCode;

const symbol = { name: 'free' };
const direct = (target: number): Callee => ({ kind: 'direct', target: toAddress(target) });
const COMPUTED: Callee = { kind: 'computed' };

/** A call that returns into the module, or into nobody's code. */
function from(module: Module | undefined, callee: Callee) {
  const caller = module ?? NOWHERE;
  const address: Address = toAddress((module?.start ?? JIT.start) + 0x80);
  const callSite = { returnAddress: address, module: caller.name, offset: 0x80 };
  return { address, module, caller, callSite, callee, armed: true, reachedBy: undefined };
}

type Where = readonly [module: Module | undefined, callee: Callee];

const rulesOf = (filter: string): CallRules => new CallRules([parseCallFilter(filter)], []);
const registers = new DataView(new ArrayBuffer(512));

function byStub(filter: string, ...where: Where): string | undefined {
  const arrival = { space, from: from(...where), entry: ENTRY, registers };
  const stub = {
    symbol,
    module: program,
    rules: rulesOf(filter),
    index: new ImportIndex(undefined),
  };
  return callerOfSharedStub(arrival, stub)?.module;
}

function byEntry(filter: string, ...where: Where): string | undefined {
  const arrival = { space, from: from(...where), entry: FREE, registers };
  const watched = {
    symbol,
    callee: libc,
    rules: rulesOf(filter),
    index: new ImportIndex(undefined),
  };
  return callerOfEntry(arrival, watched)?.module;
}

describe('a stub of the program that stands for the function', () => {
  it('is called by the program itself, directly and by what goes on to it', () => {
    expect(byStub('free', program, direct(ENTRY))).toBe('program');
    expect(byStub('free', program, COMPUTED)).toBe('program');
    expect(byStub('free', other, direct(0x10060))).toBe('program');
  });

  it('is passed by calls of other stubs, which are not its own', () => {
    expect(byStub('free', other, direct(STUB))).toBeUndefined();
  });

  it('is passed by what functions of other modules go on to by their own stubs', () => {
    expect(byStub('free', program, direct(0x30060))).toBeUndefined();
  });

  it('is called by others through pointers, if that is wanted', () => {
    const slot = { kind: 'slot', slot: toAddress(0x30000 + SLOT) } as const;
    expect(byStub('free', other, slot)).toBe('libother.so');
    expect(byStub('free@MAIN', other, slot)).toBeUndefined();
    expect(byStub('free', other, COMPUTED)).toBe('libother.so');
  });

  it('is no border for the library whose function it stands for', () => {
    expect(byStub('free', libc, COMPUTED)).toBeUndefined();
  });

  it('is called by code that jumped to it and belongs to no file', () => {
    expect(byStub('free', program, direct(JIT.start))).toBe('[anon]');
    expect(byStub('free@MAIN', program, direct(JIT.start))).toBeUndefined();
  });
});

describe('a function that is watched where it begins', () => {
  it('is called by other modules, if a rule wants them', () => {
    expect(byEntry('free', program, direct(FREE))).toBe('program');
    expect(byEntry('free@libother.so', program, direct(FREE))).toBeUndefined();
  });

  it('is called by its own module, which crosses no border', () => {
    expect(byEntry('free', libc, direct(FREE))).toBeUndefined();
  });

  it('is called by the module whose function went on to it', () => {
    expect(byEntry('free', program, direct(0x30060))).toBe('libother.so');
    expect(byEntry('free', program, direct(0x10060))).toBe('program');
  });

  it('is called through a pointer where what looks like a call leads nowhere', () => {
    expect(byEntry('free', program, direct(0x80000))).toBe('program');
  });
});
