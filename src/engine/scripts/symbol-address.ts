/** Where a module keeps a variable or function. */
import { loadedAt, type Address } from '../../base/address.js';
import { definedSymbols, staticSymbols } from '../modules/defined-symbols.js';
import type { Module } from '../modules/module.js';

/** Of a program also by the symbols that it was linked from: an interpreter that is a part of it may export nothing. */
export function addressOfSymbol(module: Module, name: string): Address | undefined {
  const { image, bias } = module;
  const exported = definedSymbols(image, name);
  const [symbol] =
    exported.length > 0 || !module.isMainProgram ? exported : staticSymbols(image, name);
  return symbol && loadedAt(symbol.address, bias);
}
