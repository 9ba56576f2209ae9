/**
 * Which modules of a memory may call a function. Asked for each function of each module that comes, so that it must not
 * take longer the more there are.
 */
import type { ModuleIdentity, SymbolIdentity } from '../../filter/symbol-filter.js';
import type { AddressSpace } from '../tracees/tracee.js';
import type { Module } from '../modules/module.js';
import type { CallRules } from './call-rules.js';
import type { ImportIndex } from './import-index.js';

/** Modules that answer a question, found in the order in which they came. */
interface Answer {
  /** Two at most: a function's own module does not count. */
  readonly found: Module[];
  /** So many of the modules were looked at. */
  looked: number;
}

interface Known {
  /** Of the table; when a module goes all is asked anew. */
  readonly removals: number;
  readonly answers: Map<string, Answer>;
}

export class Callers {
  private readonly spaces = new WeakMap<AddressSpace, Known>();

  constructor(
    private readonly rules: CallRules,
    private readonly index: ImportIndex,
  ) {}

  /** Is there a module for which a rule names functions? */
  mayNameFunctions(space: AddressSpace): boolean {
    return this.isThere(space, 'names', undefined, (caller) => this.rules.mayNameFunctions(caller));
  }

  /** Is there a module whose calls of the function are wanted, and that would have to use a pointer? */
  mayUsePointer(space: AddressSpace, symbol: SymbolIdentity, callee: Module): boolean {
    // Where rules say who is called, the answer holds for that one only.
    const where = this.rules.namesCallees ? callee.start.toString(16) : '';
    return this.isThere(
      space,
      `pointer ${where} ${keyOf(symbol)}`,
      callee,
      (caller) =>
        this.rules.namesForCaller(symbol, caller, callee) &&
        !this.index.hasStub(caller, space.arch, symbol.name),
    );
  }

  /** Is there a module whose calls of the function are wanted at all? */
  mayCall(space: AddressSpace, symbol: SymbolIdentity, callee: Module): boolean {
    const isCaller = (caller: ModuleIdentity): boolean => this.rules.selectsCaller(symbol, caller);
    return this.isThere(space, `call ${keyOf(symbol)}`, callee, isCaller);
  }

  private isThere(
    space: AddressSpace,
    question: string,
    except: Module | undefined,
    fits: (module: Module) => boolean,
  ): boolean {
    const { all } = space.modules;
    const { answers } = this.knownOf(space);
    let answer = answers.get(question);
    if (answer === undefined) answers.set(question, (answer = { found: [], looked: 0 }));
    const isOther = (module: Module): boolean => module !== except;
    while (!answer.found.some(isOther) && answer.looked < all.length) {
      const module = all[answer.looked++];
      if (module !== undefined && fits(module)) answer.found.push(module);
    }
    return answer.found.some(isOther);
  }

  private knownOf(space: AddressSpace): Known {
    const { removals } = space.modules;
    let known = this.spaces.get(space);
    if (known?.removals !== removals) {
      known = { removals, answers: new Map() };
      this.spaces.set(space, known);
    }
    return known;
  }
}

const keyOf = ({ name, version, isDefaultVersion }: SymbolIdentity): string =>
  `${name}@${isDefaultVersion === true ? '@' : ''}${version ?? ''}`;
