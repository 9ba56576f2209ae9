/** The dynamic symbol table as the dynamic linker sees it: no section header is needed. */
import type { ImageAddress } from '../base/address.js';
import { toImageAddress } from '../base/address.js';
import { DT } from './dynamic.js';
import type { DynamicSection } from './dynamic.js';
import type { ElfFormat } from './header.js';
import { gnuHash, sysvHash } from './hash.js';
import type { SymbolHash } from './hash.js';
import { partial, untilOutOfBounds } from './partial.js';
import { StringTable } from './string-table.js';
import { SymbolTable } from './symbols.js';
import type { ElfSymbol } from './symbols.js';
import { VersionTable } from './versions.js';

/** The bytes of the file from an image address to the end of its segment. */
export type BytesFrom = (address: ImageAddress) => Uint8Array | undefined;

export class DynamicSymbols {
  readonly table: SymbolTable;
  readonly strings: StringTable;
  private readonly hash: SymbolHash | undefined;

  constructor(dynamic: DynamicSection, format: ElfFormat, bytesFrom: BytesFrom) {
    const bytesOf = (tag: number) => {
      const address = dynamic.value(tag);
      return address === undefined ? undefined : bytesFrom(toImageAddress(address));
    };
    const strings = bytesOf(DT.STRTAB) ?? NO_BYTES;
    this.strings = new StringTable(strings.subarray(0, dynamic.value(DT.STRSZ)));
    const versions = new VersionTable({
      symbolVersions: bytesOf(DT.VERSYM),
      definitions: bytesOf(DT.VERDEF),
      needs: bytesOf(DT.VERNEED),
      strings: this.strings,
      littleEndian: format.littleEndian,
    });
    this.table = new SymbolTable(bytesOf(DT.SYMTAB) ?? NO_BYTES, this.strings, format, versions);
    this.hash = openHash(bytesOf(DT.GNU_HASH), bytesOf(DT.HASH), format);
  }

  /**
   * Defined symbols with this name, one for each version.
   *
   * @param count of entries, asked for only when there is no hash table
   */
  find(name: string, count: () => number): ElfSymbol[] {
    const bytes = Buffer.from(name);
    const found: ElfSymbol[] = [];
    const candidates = this.hash?.candidates(bytes) ?? indicesBelow(count());
    for (const index of untilOutOfBounds(candidates)) {
      if (!this.table.hasName(index, bytes)) continue;
      const symbol = this.table.at(index);
      if (symbol?.defined === true) found.push(symbol);
    }
    return found;
  }

  /**
   * Entries of the table, the null symbol at index 0 included.
   *
   * @param highestReferenced the largest index that a relocation names; asked for only when no symbol
   *   is hashed, as in a program that exports nothing
   */
  count(highestReferenced: () => number): number {
    const hashed = partial(0, () => this.hash?.symbolCount() ?? 0);
    const count = hashed > 1 ? hashed : Math.max(hashed, highestReferenced() + 1);
    return Math.min(count, this.table.capacity);
  }
}

const NO_BYTES = new Uint8Array(0);

function* indicesBelow(count: number): Generator<number, void, undefined> {
  for (let index = 1; index < count; index++) yield index;
}

/** DT_HASH counts exactly but GNU's finds faster: prefer the latter. */
function openHash(
  gnu: Uint8Array | undefined,
  sysv: Uint8Array | undefined,
  format: ElfFormat,
): SymbolHash | undefined {
  if (gnu !== undefined) return partial(undefined, () => gnuHash(gnu, format));
  return sysv === undefined ? undefined : partial(undefined, () => sysvHash(sysv, format));
}
