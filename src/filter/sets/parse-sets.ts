/**
 * The files that say which functions belong to a set; see docs/filters.md. A set begins with `%name:`, and patterns
 * follow, with white space between them, on this line and on those below; `%other` takes all of another one. `#` begins
 * a line of comment: the one above `%name:` says what it is.
 */
import { UserError } from '../../base/errors.js';
import { nearestName } from '../../base/nearest-name.js';
import { globPattern, regexPattern } from '../name-pattern.js';
import { onOneLine, PatternError } from '../pattern-error.js';
import { refuseSeparators } from '../separators.js';
import type { FunctionSet, FunctionSets, SetMember } from './function-sets.js';

/** The text of one file. */
export interface SetText {
  readonly path: string;
  readonly text: string;
}

/**
 * Later files may replace a set, and name the one that they replace.
 *
 * @throws UserError ('usage') at the first mistake: with its file and line
 */
export function parseSets(texts: readonly SetText[]): FunctionSets {
  const sets = new Map<string, FunctionSet>();
  for (const { path, text } of texts) {
    for (const set of new SetFile(path, text, sets).read()) sets.set(set.name, set);
  }
  return sets;
}

export function unknownSet(name: string, sets: FunctionSets): string {
  const near = nearestName(name, [...sets.keys()]);
  const known = [...sets.keys()].map((each) => `%${each}`).join(' ') || 'none';
  return near === undefined
    ? `there is no set '%${name}' (there are ${known})`
    : `there is no set '%${name}'; did you mean %${near}?`;
}

const HEADING = /^%(\w+)\s*:/;

class SetFile {
  private readonly done: FunctionSet[] = [];
  private open: { name: string; description: string; members: Map<string, SetMember> } | undefined;
  private comment = '';
  private line = 0;

  constructor(
    private readonly path: string,
    private readonly text: string,
    private readonly earlier: FunctionSets,
  ) {}

  read(): readonly FunctionSet[] {
    for (const line of this.text.split(/\r?\n/)) {
      this.line++;
      this.readLine(line.trim());
    }
    this.close();
    return this.done;
  }

  private readLine(line: string): void {
    const heading = HEADING.exec(line);
    if (heading !== null) this.begin(heading[1] ?? '');
    if (!line.startsWith('#')) this.take(line.slice(heading?.[0].length ?? 0));
    this.comment = line.startsWith('#') ? line.replace(/^#+\s*/, '') : '';
  }

  private begin(name: string): void {
    this.close();
    // One that is extended without a word is still what it was.
    const description = this.comment || (this.known.get(name)?.description ?? '');
    this.open = { name, description, members: new Map() };
  }

  private take(text: string): void {
    for (const word of text.split(/\s+/).filter(Boolean)) {
      if (this.open === undefined) throw this.mistake("a set begins with its name: '%mine:'");
      for (const member of this.membersOf(word)) this.open.members.set(member.pattern, member);
    }
  }

  private close(): void {
    if (this.open === undefined) return;
    const { name, description, members } = this.open;
    if (members.size === 0) throw this.mistake(`the set %${name} is empty`);
    this.done.push({ name, description, members: [...members.values()] });
    this.open = undefined;
  }

  private membersOf(word: string): readonly SetMember[] {
    if (word.startsWith('%')) return this.setNamed(word.slice(1)).members;
    const isRegex = word.length > 1 && word.startsWith('/') && word.endsWith('/');
    const pattern = isRegex ? word.slice(1, -1) : word;
    try {
      if (isRegex) regexPattern(pattern, 0);
      else {
        globPattern(pattern, 0);
        refuseSeparators(pattern, 0, 'white space stands between patterns');
      }
    } catch (error) {
      if (error instanceof PatternError) throw this.mistake(`'${word}': ${error.message}`);
      throw error;
    }
    return [{ pattern, form: isRegex ? 'regex' : 'glob' }];
  }

  /** The last that came before this one. */
  private setNamed(name: string): FunctionSet {
    const { known } = this;
    const set = known.get(name);
    if (set === undefined) throw this.mistake(unknownSet(name, known));
    return set;
  }

  private get known(): FunctionSets {
    return new Map([...this.earlier, ...this.done.map((set) => [set.name, set] as const)]);
  }

  private mistake(message: string): UserError {
    return new UserError(onOneLine(`${this.path}:${this.line}: ${message}`), undefined, 'usage');
  }
}
