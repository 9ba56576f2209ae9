/**
 * Runs a regular expression over a name in time proportional to the name's length: the set of
 * states that the expression can be in is followed character by character and remembered, so there
 * is nothing to backtrack.
 */
import type { RegexNode } from './basic-regex.js';
import { PatternError } from './pattern-error.js';

export interface RegexAutomaton {
  /** Does the expression fit the whole text? */
  matches(text: string): boolean;
}

/** Counted repeats are copied out; an expression that would grow beyond this is refused. */
const MOST_STATES = 5000;
/** Remembered sets of states; more than that and the memory starts again from nothing. */
const MOST_REMEMBERED = 1000;

type State =
  | { readonly kind: 'character'; fits(code: number): boolean; readonly next: number }
  | { readonly kind: 'split'; readonly next: readonly number[] }
  | { readonly kind: 'accept' };

/** Throws PatternError, with `at` as its place, for an expression that is too large. */
export function compileAutomaton(tree: RegexNode, at = 0): RegexAutomaton {
  const builder = new Builder(at);
  const accept = builder.add({ kind: 'accept' });
  const start = builder.build(tree, accept);
  return new LazyAutomaton(builder.states, start);
}

/** Builds back to front: each piece is given the state that follows it and returns its first one. */
class Builder {
  readonly states: State[] = [];

  constructor(private readonly place: number) {}

  add(state: State): number {
    if (this.states.length >= MOST_STATES) {
      throw new PatternError('the regular expression is too large', this.place);
    }
    return this.states.push(state) - 1;
  }

  build(node: RegexNode, next: number): number {
    switch (node.kind) {
      case 'character':
        return this.add({ kind: 'character', fits: (code) => node.fits(code), next });
      case 'sequence':
        return node.parts.reduceRight((after, part) => this.build(part, after), next);
      case 'choice':
        return this.add({
          kind: 'split',
          next: node.branches.map((branch) => this.build(branch, next)),
        });
      case 'repeat':
        return this.repeat(node, next);
    }
  }

  private repeat(node: RegexNode & { kind: 'repeat' }, next: number): number {
    let after = next;
    if (node.max === Infinity) {
      const ways = [next];
      after = this.add({ kind: 'split', next: ways });
      ways.push(this.build(node.part, after));
    } else {
      for (let i = node.min; i < node.max; i++) {
        after = this.add({ kind: 'split', next: [next, this.build(node.part, after)] });
      }
    }
    for (let i = 0; i < node.min; i++) after = this.build(node.part, after);
    return after;
  }
}

interface StateSet {
  readonly members: readonly number[];
  readonly accepts: boolean;
  readonly after: Map<number, StateSet>;
}

class LazyAutomaton implements RegexAutomaton {
  private readonly remembered = new Map<string, StateSet>();

  constructor(
    private readonly states: readonly State[],
    private readonly start: number,
  ) {}

  matches(text: string): boolean {
    let current = this.closure([this.start]);
    for (let i = 0; i < text.length && current.members.length > 0; i++) {
      const code = text.charCodeAt(i);
      let next = current.after.get(code);
      if (next === undefined) {
        next = this.step(current, code);
        current.after.set(code, next);
      }
      current = next;
    }
    return current.accepts;
  }

  private step(from: StateSet, code: number): StateSet {
    const reached: number[] = [];
    for (const member of from.members) {
      const state = this.states[member];
      if (state?.kind === 'character' && state.fits(code)) reached.push(state.next);
    }
    return this.closure(reached);
  }

  /** The states that can be reached without reading a character. */
  private closure(from: readonly number[]): StateSet {
    const seen = new Set<number>();
    const pending = [...from];
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      if (seen.has(index)) continue;
      seen.add(index);
      const state = this.states[index];
      if (state?.kind === 'split') pending.push(...state.next);
    }
    const members = [...seen].sort((a, b) => a - b);
    return this.remember(members);
  }

  private remember(members: readonly number[]): StateSet {
    const key = members.join();
    const known = this.remembered.get(key);
    if (known !== undefined) return known;
    if (this.remembered.size >= MOST_REMEMBERED) this.forget();
    const accepts = members.some((member) => this.states[member]?.kind === 'accept');
    const made: StateSet = { members, accepts, after: new Map() };
    this.remembered.set(key, made);
    return made;
  }

  private forget(): void {
    for (const set of this.remembered.values()) set.after.clear();
    this.remembered.clear();
  }
}
