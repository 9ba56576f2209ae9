/** The functions of one unit by the addresses of their code, and what was inlined into them. */
import type { Abbreviation } from './abbreviations.js';
import { AT, TAG } from './constants.js';
import type { Entry } from './entry.js';
import { readEntry, skimEntries } from './entry.js';
import type { Interval } from './interval-index.js';
import { IntervalIndex } from './interval-index.js';
import { rangesOf } from './ranges.js';
import { KeepRecent } from './keep-recent.js';
import { ifLegible } from './sections.js';
import type { Unit } from './unit.js';

/** Inlining deeper than this is cut: real chains reach 60. */
const DEEPEST_CHAIN = 256;
/** A function of 10000 lines has about 20000. */
const MOST_PIECES = 262144;

/** A function that has code, or an inlined copy of one. Names are read once: look-ups repeat. */
export class FunctionInstance {
  private kept: FunctionName | undefined;

  /** @param entry DW_TAG_subprogram or DW_TAG_inlined_subroutine */
  constructor(readonly entry: Entry) {}

  get name(): FunctionName {
    return (this.kept ??= functionName(this.entry));
  }
}

/** One function that has code, and what was inlined into it. */
export interface FunctionCode {
  readonly instance: FunctionInstance;
  readonly inlined: InlinedCode;
}

/** Functions whose inlined code stays read. */
const KEPT_FUNCTIONS = 1024;

export class UnitFunctions {
  private readonly byAddress: IntervalIndex<number>;
  private readonly byOffset = new KeepRecent<number, FunctionCode>(KEPT_FUNCTIONS, () => 1);

  constructor(private readonly unit: Unit) {
    const intervals: Interval<number>[] = [];
    // What was found up to a damaged place stands.
    ifLegible(() =>
      skimEntries(unit, unit.header.firstEntry, (offset, abbreviation) => {
        if (abbreviation.tag === TAG.subprogram && hasCode(abbreviation)) {
          const { attributes } = readEntry(unit, offset);
          for (const range of rangesOf(unit, attributes)) {
            intervals.push({ ...range, value: offset });
          }
        }
        return intervals.length < MOST_PIECES * 4 ? 'into' : 'stop';
      }),
    );
    this.byAddress = new IntervalIndex(intervals);
  }

  /** The function whose code contains `address`, an image address. */
  at(address: number): FunctionCode | undefined {
    const offset = this.byAddress.find(address);
    if (offset === undefined) return undefined;
    return this.byOffset.get(offset, () => {
      const entry = readEntry(this.unit, offset);
      return { instance: new FunctionInstance(entry), inlined: new InlinedCode(entry) };
    });
  }
}

/** What was inlined into one function, read once. */
export class InlinedCode {
  /** One for each range, in the order of the entries: what contains comes before what is contained. */
  private readonly instances: FunctionInstance[] = [];
  private readonly depths: number[] = [];
  /** From, to; from, to; … */
  private readonly bounds: Float64Array;

  constructor(subprogram: Entry) {
    const bounds: number[] = [];
    ifLegible(() => this.collect(subprogram, bounds));
    this.bounds = Float64Array.from(bounds);
  }

  /** The inlined functions that contain an image address, outermost first. */
  at(address: number): FunctionInstance[] {
    const chain: FunctionInstance[] = [];
    const { bounds, depths, instances } = this;
    let outer = -1;
    for (let index = 0; index < instances.length; index++) {
      if (address < (bounds[2 * index] ?? 0) || address >= (bounds[2 * index + 1] ?? 0)) continue;
      const depth = depths[index] ?? 0;
      const instance = instances[index];
      if (depth <= outer || instance === undefined) continue;
      outer = depth;
      chain.push(instance);
      if (chain.length === DEEPEST_CHAIN) break;
    }
    return chain;
  }

  private collect(subprogram: Entry, bounds: number[]): void {
    if (!subprogram.hasChildren) return;
    const { unit } = subprogram;
    skimEntries(unit, subprogram.after, (offset, abbreviation, depth) => {
      if (abbreviation.tag === TAG.lexicalBlock) return 'into';
      if (abbreviation.tag !== TAG.inlinedSubroutine || !hasCode(abbreviation)) return 'over';
      const instance = new FunctionInstance(readEntry(unit, offset));
      for (const { from, to } of rangesOf(unit, instance.entry.attributes)) {
        bounds.push(from, to);
        this.instances.push(instance);
        this.depths.push(depth);
      }
      return this.instances.length < MOST_PIECES ? 'into' : 'stop';
    });
  }
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
