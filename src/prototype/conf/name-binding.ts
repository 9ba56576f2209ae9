/** Gives names in expressions their meaning once the members or parameters that they may name are known. */
import type { ItemScanner } from './item-scanner.js';
import type { NameBinder } from './parse-expression.js';
import type { Expression } from '../prototype.js';

/** Stands for a name, and becomes an argument or element when that is found. */
interface PendingReference {
  kind: 'argument' | 'element';
  index: number;
}

interface Pending {
  readonly node: PendingReference;
  readonly name: string;
  readonly offset: number;
}

export class NameBindings implements NameBinder {
  private pending: Pending[] = [];
  private structStart = 0;

  constructor(private readonly scanner: ItemScanner) {}

  get hasPending(): boolean {
    return this.pending.length > 0;
  }

  bindName(name: string, offset: number): Expression {
    const node: PendingReference = { kind: 'argument', index: 0 };
    this.pending.push({ node, name, offset });
    return node;
  }

  /** Runs `parse` for a struct; names of its own members that were used inside become elements. */
  inStruct<T extends readonly { readonly name?: string }[]>(parse: () => T): T {
    const outerStart = this.structStart;
    this.structStart = this.pending.length;
    const fields = parse();
    const inner = this.pending.splice(this.structStart);
    this.structStart = outerStart;
    this.pending.push(...bind(inner, 'element', fields));
    return fields;
  }

  /** All that is left names parameters; what does not is a mistake. */
  finish(parameters: readonly { readonly name?: string }[]): void {
    const [unknown] = bind(this.pending.splice(0), 'argument', parameters);
    if (unknown !== undefined) {
      this.scanner.fail(`no member or parameter is called '${unknown.name}'`, unknown.offset);
    }
  }
}

/** Returns those that could not be bound. */
function bind(
  pending: readonly Pending[],
  kind: PendingReference['kind'],
  scope: readonly { readonly name?: string }[],
): Pending[] {
  return pending.filter((reference) => {
    const position = scope.findIndex((member) => member.name === reference.name);
    if (position === -1) return true;
    reference.node.kind = kind;
    reference.node.index = position + 1;
    return false;
  });
}
