/** Imports that a rule names and a later rule of its filter takes away: then somebody does import what it names. */
import type { FilterExpression, FilterRule } from '../../filter/symbol-filter.js';
import type { ImportedFunction } from '../../symbol/imports.js';
import type { Module } from '../modules/module.js';
import type { AddressSpace } from '../tracees/tracee.js';
import { exportsFunction, isWithin, type ImportIndex } from './import-index.js';

export class DroppedImports {
  constructor(private readonly index: ImportIndex) {}

  /** @param rule one of the filter that no import was found for which passes the whole filter */
  areOf(rule: FilterRule, filter: FilterExpression, { modules, arch }: AddressSpace): boolean {
    if (filter.rules.every(({ effect }) => effect === 'mark')) return false;
    return modules.all.some(
      (caller) =>
        rule.fitsCaller(caller) &&
        this.index
          .of(caller, arch)
          .all.some(
            (symbol) =>
              rule.fitsName(symbol) &&
              !isWithin(caller, symbol) &&
              fitsImport(rule, symbol, caller, modules.all),
          ),
    );
  }
}

function fitsImport(
  rule: FilterRule,
  symbol: ImportedFunction,
  caller: Module,
  modules: readonly Module[],
): boolean {
  return (
    rule.fits({ symbol, caller }) === 'yes' ||
    modules.some(
      (callee) =>
        exportsFunction(callee, symbol.name) && rule.fits({ symbol, caller, callee }) !== 'no',
    )
  );
}
