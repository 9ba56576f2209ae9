/** What each image imports and exports, read once per file however many processes load it. */
import type { ImageAddress } from '../../base/address.js';
import type { Arch } from '../../arch/arch.js';
import type { ElfImage } from '../../elf/elf-image.js';
import { importsOf, type ImportedFunction } from '../../symbol/imports.js';
import {
  GOT_KINDS,
  NO_BRANCHES,
  slotBranchesOf,
  type SlotBranches,
} from '../../symbol/slot-branches.js';
import type { Module } from '../modules/module.js';

export interface ImageImports {
  readonly all: readonly ImportedFunction[];
  readonly byName: ReadonlyMap<string, ImportedFunction>;
}

export class ImportIndex {
  private readonly imports = new WeakMap<ElfImage, ImageImports>();
  private readonly branches = new WeakMap<ElfImage, ReturnType<typeof slotBranchesOf>>();
  private readonly slots = new WeakMap<ElfImage, Map<number, number>>();
  private readonly relative = new WeakMap<ElfImage, ReadonlySet<number>>();

  /** @param prefixes what the names of all functions begin with that will be asked for, if that is known */
  constructor(private readonly prefixes: readonly string[] | undefined) {}

  of({ image }: Pick<Module, 'image'>, arch: Arch): ImageImports {
    let imports = this.imports.get(image);
    if (imports === undefined) {
      const all = importsOf(image, arch, this.prefixes);
      imports = { all, byName: new Map(all.map((imported) => [imported.name, imported])) };
      this.imports.set(image, imports);
    }
    return imports;
  }

  /** Does the module call the function through a PLT stub of its own? */
  hasStub(module: Module, arch: Arch, name: string): boolean {
    return (this.of(module, arch).byName.get(name)?.stubs.length ?? 0) > 0;
  }

  /** Calls and jumps through the function's slots, outside of stubs. All code of the module is looked through, once. */
  branchesTo(module: Pick<Module, 'image'>, arch: Arch, imported: ImportedFunction): SlotBranches {
    if (!mayBeBranchedTo(imported)) return NO_BRANCHES;
    let branches = this.branches.get(module.image);
    if (branches === undefined) {
      branches = slotBranchesOf(module.image, arch, this.of(module, arch).all);
      this.branches.set(module.image, branches);
    }
    return branches(imported);
  }

  /** Name of the function with which the dynamic linker fills this slot. */
  nameInSlot(module: Module, slot: ImageAddress): string | undefined {
    const { image } = module;
    let symbols = this.slots.get(image);
    if (symbols === undefined) {
      symbols = new Map();
      for (const relocation of image.relocations(['glob-dat', 'jump-slot'])) {
        symbols.set(relocation.slot, relocation.symbolIndex);
      }
      this.slots.set(image, symbols);
    }
    const index = symbols.get(slot);
    if (index !== undefined) return image.dynamicSymbolAt(index)?.name;
    // What a library chooses for itself is its own business.
    return module.isMainProgram ? this.nameOfChoice(image, slot) : undefined;
  }

  private nameOfChoice(image: ElfImage, slot: ImageAddress): string | undefined {
    const holds = ({ slots }: ImportedFunction): boolean =>
      slots.some(({ address, kind }) => address === slot && kind === 'irelative');
    return this.imports.get(image)?.all.find(holds)?.name;
  }

  /** Image addresses that the module keeps pointers to in its own tables. */
  pointedTo(module: Module): ReadonlySet<number> {
    let addresses = this.relative.get(module.image);
    if (addresses === undefined) {
      const found = new Set<number>();
      for (const { addend } of module.image.relocations(['relative'])) found.add(addend);
      addresses = found;
      this.relative.set(module.image, addresses);
    }
    return addresses;
  }
}

export function exportsFunction(module: Module, name: string): boolean {
  return module.image
    .findDynamic(name)
    .some((symbol) => symbol.defined && (symbol.type === 'func' || symbol.type === 'ifunc'));
}

/**
 * A library's stubs for IFUNCs of its own: its calls of itself, which cross no border. A static program calls all
 * IFUNCs that way, and there they are what the user asks for.
 */
export function isWithin(module: Module, { slots }: ImportedFunction): boolean {
  return !module.isMainProgram && slots.every(({ kind }) => kind === 'irelative');
}

/** Does a slot exist that no stub needs to be the only user of? */
function mayBeBranchedTo({ name, slots, stubs }: ImportedFunction): boolean {
  if (RUN_TIME.has(name)) return false;
  return stubs.length === 0
    ? slots.some(({ kind }) => GOT_KINDS.has(kind))
    : slots.some(({ kind }) => kind === 'glob-dat' || kind === 'irelative');
}

/** Every image refers to these, in code of the compiler and of the C library: there nothing ends in a jump to them. */
const RUN_TIME: ReadonlySet<string> = new Set([
  '__libc_start_main',
  '__cxa_finalize',
  '__gmon_start__',
  '_ITM_deregisterTMCloneTable',
  '_ITM_registerTMCloneTable',
  '_Jv_RegisterClasses',
]);
