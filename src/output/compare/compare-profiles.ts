/** Finds what differs between two traces: calls, how often they were made, arguments and results. */
import { MAIN, type FunctionProfile, type TraceProfile, type Variants } from './trace-profile.js';

export interface TraceComparison {
  readonly differs: boolean;
  readonly oldCalls: number;
  readonly newCalls: number;
  /** By caller and function, in alphabetical order. */
  readonly differences: readonly FunctionDifference[];
}

export interface FunctionDifference {
  /** 'changed': called in both, but not in the same way. */
  readonly kind: 'appeared' | 'vanished' | 'changed';
  /** A module; `MAIN` for the traced program where it has another name in each run. */
  readonly caller: string;
  readonly name: string;
  readonly oldCalls: number;
  readonly newCalls: number;
  readonly arguments: VariantDifferences;
  readonly results: VariantDifferences;
}

/** 'too-many': there are too many to tell them apart. */
export type VariantDifferences = readonly VariantDifference[] | 'too-many';

export interface VariantDifference {
  /** Arguments in parentheses, or a result; addresses and process ids are placeholders. */
  readonly variant: string;
  readonly old: number;
  readonly new: number;
}

/** @param counts 'ignored': a function that is called more or less often, with the same, does not differ */
export function compareProfiles(
  before: TraceProfile,
  after: TraceProfile,
  counts: 'compared' | 'ignored' = 'compared',
): TraceComparison {
  const keys = new Set([...before.functions.keys(), ...after.functions.keys()]);
  const differences = [...keys].sort().flatMap((key) => {
    const difference = compareFunction(before.functions.get(key), after.functions.get(key), counts);
    return difference === undefined ? [] : [difference];
  });
  return {
    differs: differences.length > 0,
    oldCalls: before.calls,
    newCalls: after.calls,
    differences,
  };
}

function compareFunction(
  before: FunctionProfile | undefined,
  after: FunctionProfile | undefined,
  counts: 'compared' | 'ignored',
): FunctionDifference | undefined {
  if (before !== undefined && after !== undefined) return compareBoth(before, after, counts);
  const only = before ?? after;
  if (only === undefined) return undefined;
  return {
    kind: before === undefined ? 'appeared' : 'vanished',
    caller: only.caller,
    name: only.name,
    oldCalls: before?.calls ?? 0,
    newCalls: after?.calls ?? 0,
    arguments: [],
    results: [],
  };
}

function compareBoth(
  before: FunctionProfile,
  after: FunctionProfile,
  counts: 'compared' | 'ignored',
): FunctionDifference | undefined {
  const areCompared = counts === 'compared';
  const calls = areCompared && before.calls === after.calls ? 'same-count' : 'other-count';
  const args = compareVariants(before.arguments, after.arguments, calls);
  const results = compareVariants(before.results, after.results, calls);
  const countsDiffer = areCompared && before.calls !== after.calls;
  if (!countsDiffer && !hasDifference(args) && !hasDifference(results)) return undefined;
  return {
    kind: 'changed',
    caller: before.caller === after.caller ? after.caller : MAIN,
    name: after.name,
    oldCalls: before.calls,
    newCalls: after.calls,
    arguments: args,
    results,
  };
}

/** When the number of calls differs, only what is new or gone says more than that. */
function compareVariants(
  before: Variants,
  after: Variants,
  calls: 'same-count' | 'other-count',
): VariantDifferences {
  if (before.tooMany || after.tooMany) return 'too-many';
  const variants = new Set([...before.counts.keys(), ...after.counts.keys()]);
  return [...variants]
    .map((variant) => ({
      variant,
      old: before.counts.get(variant) ?? 0,
      new: after.counts.get(variant) ?? 0,
    }))
    .filter((difference) =>
      calls === 'same-count'
        ? difference.old !== difference.new
        : difference.old === 0 || difference.new === 0,
    )
    .sort((a, b) => (a.variant < b.variant ? -1 : 1));
}

function hasDifference(differences: VariantDifferences): boolean {
  return differences !== 'too-many' && differences.length > 0;
}
