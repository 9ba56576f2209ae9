/** From an address to the function that contains it. */
import type { ImageAddress } from '../base/address.js';
import type { SymbolTable } from './symbols.js';

export interface SymbolOffset {
  readonly name: string;
  /** Bytes from the start of the function. */
  readonly offset: number;
  /** Of the function, bytes; 0 when unknown. */
  readonly size: number;
}

/** A symbol table and how many of its entries exist. */
export interface CountedTable {
  readonly table: SymbolTable;
  readonly count: number;
}

/** Functions sorted by address. Built once, when first asked for: a large program has 100,000 of them. */
export class AddressIndex {
  /** Sorted; one entry for each address. */
  private readonly addresses: Float64Array;
  /** Which table and entry each address comes from: table number times 2^32 plus index. */
  private readonly entries: Float64Array;

  constructor(private readonly tables: readonly CountedTable[]) {
    const found = collect(tables);
    const order = Uint32Array.from(found.addresses, (_, index) => index);
    const addresses = found.addresses;
    order.sort((a, b) => (addresses[a] ?? 0) - (addresses[b] ?? 0));
    this.addresses = Float64Array.from(order, (index) => addresses[index] ?? 0);
    this.entries = Float64Array.from(order, (index) => found.entries[index] ?? 0);
  }

  lookUp(address: ImageAddress): SymbolOffset | undefined {
    const last = this.lastAtOrBefore(address);
    const start = this.addresses[last];
    if (start === undefined) return undefined;
    let best: SymbolOffset | undefined;
    let bestRank = -1;
    for (let index = last; this.addresses[index] === start; index--) {
      const entry = this.entries[index] ?? 0;
      const symbol = this.tables[Math.floor(entry / TABLE_STRIDE)]?.table.at(entry % TABLE_STRIDE);
      if (symbol === undefined || symbol.name === '') continue;
      const offset = address - start;
      if (symbol.size > 0 && offset >= symbol.size) continue;
      const rank = rankOf(symbol.binding, symbol.name);
      if (rank > bestRank) {
        best = { name: symbol.name, offset, size: symbol.size };
        bestRank = rank;
      }
      if (last - index >= MOST_ALIASES) break;
    }
    return best;
  }

  /** Index of the last entry whose address is not above, -1 for none. */
  private lastAtOrBefore(address: ImageAddress): number {
    let low = 0;
    let high = this.addresses.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.addresses[middle] ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

const TABLE_STRIDE = 0x1_0000_0000;

/** Names at one address that are looked at: a damaged file may give all its symbols one address. */
const MOST_ALIASES = 64;

/** Exported names before internal ones, and few underscores before many: `puts` before `_IO_puts`. */
function rankOf(binding: string, name: string): number {
  const underscores = name.length - name.replace(/^_+/, '').length;
  return (binding === 'local' ? 0 : 10) + Math.max(0, 9 - underscores);
}

function collect(tables: readonly CountedTable[]): { addresses: number[]; entries: number[] } {
  const addresses: number[] = [];
  const entries: number[] = [];
  tables.forEach(({ table, count }, tableNumber) => {
    for (let index = 1; index < count; index++) {
      if (!table.isDefinedFunction(index)) continue;
      addresses.push(table.addressOf(index));
      entries.push(tableNumber * TABLE_STRIDE + index);
    }
  });
  return { addresses, entries };
}
