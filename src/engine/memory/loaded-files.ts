/** What this room asks of the files that are mapped: modules are that. */
import type { Address, ImageAddress, LoadBias } from '../../base/address.js';
import type { ElfImage } from '../../elf/elf-image.js';

export interface LoadedFile {
  readonly image: ElfImage;
  readonly bias: LoadBias;
  readonly start: Address;
  readonly end: Address;
  /** Mapping.file; '' where that is not known. */
  readonly mappedFile: string;
  /** 'due': the dynamic linker has still to change its code, if that is how it was linked. */
  readonly relocation: 'done' | 'due';
  /** Never unloaded. */
  readonly isPermanent: boolean;
  imageAddressOf(address: Address): ImageAddress;
}

export interface LoadedFiles {
  readonly all: readonly LoadedFile[];
  at(address: number): LoadedFile | undefined;
}
