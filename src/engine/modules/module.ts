/** An ELF image loaded at a bias in one address space. */
import { posix } from 'node:path';
import {
  inImage,
  toAddress,
  type Address,
  type ImageAddress,
  type LoadBias,
} from '../../base/address.js';
import type { ElfImage } from '../../elf/elf-image.js';
import type { ModuleIdentity } from '../../filter/symbol-filter.js';

export type ModuleRole = 'program' | 'interpreter' | 'library';

export class Module implements ModuleIdentity {
  /** The main program goes by its file name even where it has a SONAME, as in ltrace. */
  readonly name: string;
  readonly start: Address;
  readonly end: Address;
  /** Address of the dynamic section, which names the module in the link map; 0 without one. */
  readonly dynamic: number;
  /** Mapping.file of the file that it was loaded from; '' where that is not known. */
  mappedFile = '';
  /** 'due': the dynamic linker has still to fill its pointers, and to change its code if that is how it was linked. */
  relocation: 'done' | 'due' = 'done';
  /** Has it code of Go? Set where such a function gets a breakpoint. */
  hasGoroutines = false;

  constructor(
    readonly image: ElfImage,
    readonly path: string,
    readonly bias: LoadBias,
    readonly role: ModuleRole,
  ) {
    const soname = role === 'program' ? undefined : image.soname;
    this.name = soname ?? posix.basename(path.replace(/ \(deleted\)$/, ''));
    const segments = image.loadSegments;
    const first = segments[0];
    const last = segments[segments.length - 1];
    this.start = toAddress((first?.address ?? 0) + bias);
    this.end = last === undefined ? this.start : toAddress(last.address + last.memorySize + bias);
    this.dynamic = image.dynamicAddress === undefined ? 0 : image.dynamicAddress + bias;
  }

  get isMainProgram(): boolean {
    return this.role === 'program';
  }

  /** Never unloaded, even while the linker's list does not name it yet. */
  get isPermanent(): boolean {
    return this.role !== 'library';
  }

  contains(address: number): boolean {
    return address >= this.start && address < this.end;
  }

  imageAddressOf(address: Address): ImageAddress {
    return inImage(address, this.bias);
  }
}
