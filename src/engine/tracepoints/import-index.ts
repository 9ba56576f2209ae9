/** What each image imports and exports, read once per file however many processes load it. */
import type { ImageAddress } from '../../base/address.js';
import type { Arch } from '../../arch/arch.js';
import type { ElfImage } from '../../elf/elf-image.js';
import { importsOf, type ImportedFunction } from '../../symbol/imports.js';
import type { Module } from '../modules/module.js';

export interface ImageImports {
  readonly all: readonly ImportedFunction[];
  readonly byName: ReadonlyMap<string, ImportedFunction>;
}

export class ImportIndex {
  private readonly imports = new WeakMap<ElfImage, ImageImports>();
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
    return index === undefined ? undefined : image.dynamicSymbolAt(index)?.name;
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
