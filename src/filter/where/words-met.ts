/** Takes note of which words of a condition were met in calls: one that never is may be misspelt. */
import { nearestName } from '../../base/nearest-name.js';
import type { EnteredEvent, LeftEvent, UnmetWord } from '../../trace/event.js';
import type { Argument, Value } from '../../trace/value.js';
import { textsOf, type Condition, type Field, type Operand } from './condition.js';
import { KNOWN_WORDS } from './words.js';

type NameField = 'caller' | 'library' | 'function';

/** What a condition asks for, and what it was looked for among. */
class Word {
  isMet = false;
  /** Was there anything that it could have been met in? */
  isLookedFor = false;
  private readonly candidates = new Set<string>();

  constructor(
    readonly what: UnmetWord['what'],
    readonly text: string,
  ) {}

  lookIn(names: Iterable<string>, fits: (name: string) => boolean): void {
    this.isLookedFor = true;
    for (const name of names) {
      if (fits(name)) this.isMet = true;
      else if (this.candidates.size < MOST_CANDIDATES) this.candidates.add(name);
    }
  }

  report(more: readonly string[]): UnmetWord {
    const nearest = nearestName(this.text, [...this.candidates, ...more]);
    // Of a few any may be meant.
    const few = this.candidates.size <= FEW ? [...this.candidates] : [];
    return { what: this.what, word: this.text, near: nearest === undefined ? few : [nearest] };
  }
}

const FEW = 3;
/** More names nobody mistook for one another; of functions there may be thousands. */
const MOST_CANDIDATES = 5000;

/** Looks for one word in a call. */
type Look = (call: EnteredEvent, result: LeftEvent | undefined) => void;

export class WordsMet {
  private readonly words: { readonly word: Word; readonly look: Look }[] = [];

  /** @param knownValues names that values can have: those are spelt right, though no call had them */
  constructor(
    condition: Condition,
    private readonly knownValues: () => ReadonlySet<string>,
  ) {
    this.collect(condition);
  }

  /** Hot path: asked for every call, until all words were met. */
  look(call: EnteredEvent, result: LeftEvent | undefined): void {
    for (const { word, look } of this.words) if (!word.isMet) look(call, result);
  }

  unmet(): readonly UnmetWord[] {
    const open = this.words.filter(({ word }) => !word.isMet && word.isLookedFor);
    const words = new Map(open.map(({ word }) => [`${word.what} ${word.text}`, word]));
    return [...words.values()].flatMap((word) => {
      if (word.what === 'argument') return [word.report(KNOWN_WORDS)];
      if (word.what !== 'value') return [word.report([])];
      const known = this.knownValues();
      return known.has(word.text) ? [] : [word.report([...known])];
    });
  }

  private collect(condition: Condition): void {
    switch (condition.kind) {
      case 'and':
      case 'or':
        condition.parts.forEach((part) => this.collect(part));
        break;
      case 'not':
        this.collect(condition.part);
        break;
      case 'truth':
        this.addArgument(condition.operand);
        break;
      case 'fits':
        this.addArgument(condition.operand);
        this.addName(condition.operand, condition.text, condition.matches);
        break;
      case 'compare':
        this.addPair(condition.left, condition.right);
        this.addPair(condition.right, condition.left);
        break;
    }
  }

  private addPair(operand: Operand, other: Operand): void {
    this.addArgument(operand);
    const text = other.kind === 'constant' ? other.scalar.texts[0] : undefined;
    if (text === undefined || operand.kind !== 'field') return;
    this.addName(operand, text, (name) => name === text);
    this.addValue(operand.field, text);
  }

  private add(word: Word, look: Look): void {
    this.words.push({ word, look });
  }

  private addArgument(operand: Operand): void {
    if (operand.kind !== 'field') return;
    const { field } = operand;
    if (field.kind === 'named-argument') {
      const { name } = field;
      const word = new Word('argument', name);
      this.add(word, (call, result) => {
        word.lookIn(namesOf(argumentsOf(call, result)), (other) => other === name);
      });
    } else if (field.kind === 'argument') {
      const word = new Word('argument', `arg${field.index + 1}`);
      this.add(word, (call, result) => {
        word.isLookedFor = true;
        word.isMet = argumentsOf(call, result).length > field.index;
      });
    }
  }

  private addName(operand: Operand, text: string, fits: (name: string) => boolean): void {
    if (operand.kind !== 'field' || !isNameField(operand.field.kind)) return;
    const { kind } = operand.field;
    const word = new Word(kind, text);
    this.add(word, (call) => word.lookIn(textsOf(kind, call), fits));
  }

  /** Only what is written as constants are: any other text may be a string. */
  private addValue(field: Field, text: string): void {
    if (!/^[A-Z][A-Z0-9_]+$/.test(text)) return;
    const word = new Word('value', text);
    this.add(word, (call, result) => {
      const value = valueOf(field, call, result);
      if (value === undefined) return;
      const names = nameOfValue(value);
      // A string may hold anything.
      if (names === 'any') word.isMet = true;
      else word.lookIn(names, (name) => name === text);
    });
  }
}

function isNameField(kind: Field['kind']): kind is NameField {
  return kind === 'caller' || kind === 'library' || kind === 'function';
}

function argumentsOf(call: EnteredEvent, result: LeftEvent | undefined): readonly Argument[] {
  return result === undefined ? call.args : [...call.args, ...result.outArgs];
}

function namesOf(args: readonly Argument[]): readonly string[] {
  return args.flatMap(({ name }) => name ?? []);
}

function valueOf(
  field: Field,
  call: EnteredEvent,
  result: LeftEvent | undefined,
): Value | undefined {
  if (field.kind === 'retval') return result?.result;
  const args = argumentsOf(call, result);
  if (field.kind === 'argument') return args[field.index]?.value;
  if (field.kind !== 'named-argument') return undefined;
  return args.find(({ name }) => name === field.name)?.value;
}

/** Names of constants that it has; 'any' for texts that the program chose. */
// eslint-disable-next-line complexity -- one arm for each kind of value
function nameOfValue(value: Value): readonly string[] | 'any' {
  switch (value.kind) {
    case 'enumerator':
      return [value.name];
    case 'flags':
      return value.names;
    case 'integer':
    case 'float':
    // It is no text to compare with.
    case 'hidden':
      return [];
    case 'changed':
      return nameOfValue(value.after);
    case 'pointer':
      return value.target === undefined ? [] : nameOfValue(value.target);
    case 'character':
    case 'string':
    case 'buffer':
    case 'bits':
    case 'array':
    case 'struct':
    case 'descriptor':
    case 'unreadable':
    case 'recursion':
    case 'elided':
    case 'unknown':
    case 'redacted':
    case 'void':
      return 'any';
  }
}
