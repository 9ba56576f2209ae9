/** Parses the lists of `enum(A, B=7)` and `flags(A=1, M=2/3)`. */
import type { ItemScanner } from './item-scanner.js';
import type { NamedBits, NamedValue } from '../prototype.js';

export function parseEnumNames(scanner: ItemScanner): NamedValue[] {
  let next: number | bigint = 0;
  return parseList(scanner, (name) => {
    const value: number | bigint = scanner.accept('=') ? takeNumber(scanner) : next;
    next = typeof value === 'bigint' ? value + 1n : value + 1;
    return { name, value };
  });
}

export function parseFlagNames(scanner: ItemScanner): NamedBits[] {
  return parseList(scanner, (name): NamedBits => {
    scanner.expect('=');
    const value = takeNumber(scanner);
    return scanner.accept('/') ? { name, value, mask: takeNumber(scanner) } : { name, value };
  });
}

function parseList<T>(scanner: ItemScanner, parseRest: (name: string) => T): T[] {
  scanner.expect('(');
  const names: T[] = [];
  while (!scanner.accept(')')) {
    const name = scanner.takeWord();
    if (name === '') scanner.fail(`expected a name${scanner.found()}`);
    names.push(parseRest(name));
    if (!scanner.startsWith(')')) scanner.expect(',');
  }
  return names;
}

function takeNumber(scanner: ItemScanner): number | bigint {
  return scanner.acceptNumber() ?? scanner.fail(`expected a number${scanner.found()}`);
}
