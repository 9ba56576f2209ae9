/**
 * Which labels without a type are surely code? A breakpoint in a table that lies among code would change what the program
 * computes. What the module calls is code, and what another one imports to call; with less a label is taken only where
 * somebody asks for it by its very name, and its bytes read as code.
 */
import { loadedAt, toImageAddress } from '../../base/address.js';
import type { FilterExpression } from '../../filter/symbol-filter.js';
import type { FunctionSources, ModuleFunction } from '../../symbol/functions.js';
import { codeRangesOf, labelsOf } from '../../symbol/labels.js';
import type { AddressSpace } from '../tracees/tracee.js';
import type { Module } from '../modules/module.js';

/** From a label to the next one, to be looked at. */
const MOST_BYTES = 0x10000;

export interface AskedLabels {
  readonly sources: FunctionSources;
  /** Those with a type, ascending. */
  readonly functions: readonly ModuleFunction[];
  readonly filters: readonly FilterExpression[];
}

export interface CodeLabels {
  readonly code: readonly ModuleFunction[];
  /** Names that were asked for, and stand for no code. */
  readonly doubtful: readonly string[];
}

export function codeLabels(space: AddressSpace, module: Module, asked: AskedLabels): CodeLabels {
  const { sources, functions, filters } = asked;
  const wants = (name: string): boolean =>
    filters.some((filter) => filter.judge({ symbol: { name }, callee: module }) !== 'no');
  const labels = labelsOf(module.image, sources, wants);
  if (labels.length === 0) return { code: [], doubtful: [] };
  const sure = new Set(functions.map(({ address }) => address as number));
  for (const address of calledIn(space, module, labels)) sure.add(address);
  const imported = importedFrom(space, module, labels);
  let starts: readonly number[] | undefined;
  const code: ModuleFunction[] = [];
  const doubtful: string[] = [];
  for (const label of labels) {
    const isSure = sure.has(label.address) || label.names.some(({ name }) => imported.has(name));
    const named = label.names.find(({ name }) => isNamed(name, filters));
    if (isSure) code.push(label);
    else if (named !== undefined) {
      starts ??= startsIn(module, asked);
      if (readsAsCode(space, module, label, starts)) code.push(label);
      else doubtful.push(named.name);
    }
  }
  return { code, doubtful };
}

const isNamed = (name: string, filters: readonly FilterExpression[]): boolean =>
  filters.some(({ rules }) =>
    rules.some(({ effect, literal }) => effect === 'mark' && literal.symbol === name),
  );

/** Where something begins that has a name, ascending. */
function startsIn({ image }: Module, { sources, functions }: AskedLabels): readonly number[] {
  const labels = labelsOf(image, sources, () => true);
  return [...functions, ...labels].map(({ address }) => address).sort((a, b) => a - b);
}

function calledIn(
  { arch }: AddressSpace,
  { image }: Module,
  labels: readonly ModuleFunction[],
): readonly number[] {
  const wanted = new Set<number>(labels.map(({ address }) => address));
  return codeRangesOf(image).flatMap(({ start, end }) => {
    const code = image.bytesAt(start, end - start);
    return code === undefined ? [] : [...arch.calledFrom(code, start, wanted)];
  });
}

/** Exported labels for which a module has a stub. */
function importedFrom(
  { modules }: AddressSpace,
  module: Module,
  labels: readonly ModuleFunction[],
): ReadonlySet<string> {
  const exported = new Set(
    labels.flatMap(({ names }) =>
      names.filter(({ source }) => source === 'dynamic').map(({ name }) => name),
    ),
  );
  const imported = new Set<string>();
  if (exported.size === 0) return imported;
  for (const { image } of modules.all) {
    for (const { symbolIndex } of image.relocations(['jump-slot'])) {
      const name = image.dynamicSymbolAt(symbolIndex)?.name ?? '';
      if (exported.has(name)) imported.add(name);
    }
  }
  return imported;
}

function readsAsCode(
  { memory, arch }: AddressSpace,
  { bias, image }: Module,
  { address }: ModuleFunction,
  starts: readonly number[],
): boolean {
  const range = codeRangesOf(image).find(({ start, end }) => address >= start && address < end);
  const next = starts.find((start) => start > address) ?? Infinity;
  const bytes = Math.min(next, range?.end ?? address) - address;
  if (bytes > MOST_BYTES) return false;
  return arch.readsAsCode(memory.readCode(loadedAt(toImageAddress(address), bias), bytes));
}
