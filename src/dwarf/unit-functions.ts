/** The functions of one unit by the addresses of their code, and what was inlined into them. */
import type { Abbreviation } from './abbreviations.js';
import { AT, TAG } from './constants.js';
import type { Entry } from './entry.js';
import { readEntry, skimEntries } from './entry.js';
import type { Interval } from './interval-index.js';
import { IntervalIndex } from './interval-index.js';
import { rangesOf } from './ranges.js';
import { ifLegible } from './sections.js';
import type { Unit } from './unit.js';

/** Inlining deeper than this is cut: real chains reach 60. */
const DEEPEST_CHAIN = 256;

export class UnitFunctions {
  private readonly byAddress: IntervalIndex<number>;

  constructor(private readonly unit: Unit) {
    const intervals: Interval<number>[] = [];
    // What was found up to a damaged place stands.
    ifLegible(() =>
      skimEntries(unit, unit.header.firstEntry, (offset, abbreviation) => {
        if (abbreviation.tag === TAG.subprogram && hasCode(abbreviation)) {
          const { attributes } = readEntry(unit, offset);
          for (const range of rangesOf(unit, attributes)) intervals.push({ ...range, value: offset });
        }
        return 'into';
      }),
    );
    this.byAddress = new IntervalIndex(intervals);
  }

  /** The DW_TAG_subprogram whose code contains `address`, an image address. */
  at(address: number): Entry | undefined {
    const offset = this.byAddress.find(address);
    return offset === undefined ? undefined : readEntry(this.unit, offset);
  }
}

/** The DW_TAG_inlined_subroutine entries that contain `address`, outermost first. */
export function inlinedAt(subprogram: Entry, address: number): Entry[] {
  const chain: Entry[] = [];
  if (!subprogram.hasChildren) return chain;
  const { unit } = subprogram;
  ifLegible(() =>
    skimEntries(unit, subprogram.after, (offset, abbreviation) => {
      if (abbreviation.tag === TAG.lexicalBlock) return 'into';
      if (abbreviation.tag !== TAG.inlinedSubroutine || !hasCode(abbreviation)) return 'over';
      const entry = readEntry(unit, offset);
      const contains = rangesOf(unit, entry.attributes).some(
        ({ from, to }) => address >= from && address < to,
      );
      if (!contains) return 'over';
      chain.push(entry);
      return chain.length < DEEPEST_CHAIN ? 'into' : 'stop';
    }),
  );
  return chain;
}

function hasCode(abbreviation: Abbreviation): boolean {
  return abbreviation.names.includes(AT.lowPc) || abbreviation.names.includes(AT.ranges);
}

export interface FunctionName {
  /** As in the source, without namespace or class. */
  readonly name: string | undefined;
  /** As in the symbol table, where the language mangles names. */
  readonly linkageName: string | undefined;
}

/** Names may stand at the entry, at the abstract instance, or at the declaration. */
export function functionName(entry: Entry): FunctionName {
  let name: string | undefined;
  let linkageName: string | undefined;
  for (const each of originsOf(entry)) {
    name ??= each.text(AT.name);
    linkageName ??= each.text(AT.linkageName) ?? each.text(AT.mipsLinkageName);
    if (name !== undefined && linkageName !== undefined) break;
  }
  return { name, linkageName };
}

/** A concrete instance, its abstract origin, its declaration: three at most in honest files. */
const MOST_ORIGINS = 8;

/** The entry and those that it completes, nearest first. */
export function originsOf(entry: Entry): Entry[] {
  const origins: Entry[] = [];
  let next: Entry | undefined = entry;
  while (next !== undefined && origins.length < MOST_ORIGINS) {
    origins.push(next);
    const at: Entry = next;
    next = ifLegible(() => at.reference(AT.abstractOrigin) ?? at.reference(AT.specification));
  }
  return origins;
}
