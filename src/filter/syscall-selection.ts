/** `--syscalls SET`: names, `%classes` and `/regex/`, as strace's `-e trace=` takes them. */
import { nearestName } from '../base/nearest-name.js';
import { parseBasicRegex } from './basic-regex.js';
import { PatternError, withMarkedErrors } from './pattern-error.js';
import { compileAutomaton } from './regex-automaton.js';
import { SYSCALL_CLASSES } from './syscall-classes.js';

export interface SyscallSelection {
  selects(name: string): boolean;
}

/**
 * A comma list; `!` before it inverts the whole. A name behind `?` need not exist.
 * Throws UserError ('usage') with the place marked for what is none of these.
 */
export function parseSyscallSelection(
  text: string,
  isSyscall: (name: string) => boolean,
): SyscallSelection {
  return withMarkedErrors('--syscalls', text, () => {
    const inverted = text.startsWith('!');
    const tests = splitList(text, inverted ? 1 : 0).map(({ start, end }) =>
      parseItem(text.slice(start, end), start, isSyscall),
    );
    return { selects: (name) => tests.some((test) => test(name)) !== inverted };
  });
}

type NameTest = (name: string) => boolean;

function parseItem(item: string, at: number, isSyscall: (name: string) => boolean): NameTest {
  if (item === '') throw new PatternError('a name is missing', at);
  if (item === 'all') return () => true;
  if (item === 'none') return () => false;
  if (item.startsWith('/')) return parseRegexItem(item, at);
  if (item.startsWith('%')) {
    const members = SYSCALL_CLASSES.get(item.slice(1));
    if (members === undefined) {
      const near = nearestName(item.slice(1), [...SYSCALL_CLASSES.keys()]);
      const known = [...SYSCALL_CLASSES.keys()].map((name) => `%${name}`).join(' ');
      const help = near === undefined ? ` (there are ${known})` : `; did you mean %${near}?`;
      throw new PatternError(`unknown class${help}`, at);
    }
    return (name) => members.has(name);
  }
  const isOptional = item.startsWith('?');
  // As the trace shows it.
  const wanted = (isOptional ? item.slice(1) : item).replace(/^SYS_/, '');
  if (!isOptional && !isSyscall(wanted)) throw new PatternError('unknown system call', at);
  return (name) => name === wanted;
}

function parseRegexItem(item: string, at: number): NameTest {
  if (item.length < 2 || !item.endsWith('/')) throw new PatternError("unmatched '/'", at);
  const automaton = compileAutomaton(parseBasicRegex(item.slice(1, -1), at + 1), at);
  return (name) => automaton.matches(name);
}

/** Cuts at commas, but not inside `/regex/`. */
function splitList(text: string, from: number): readonly { start: number; end: number }[] {
  const items: { start: number; end: number }[] = [];
  let start = from;
  let inRegex = false;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '/' && (inRegex || at === start)) inRegex = !inRegex;
    else if (text[at] === ',' && !inRegex) {
      items.push({ start, end: at });
      start = at + 1;
    }
  }
  items.push({ start, end: text.length });
  return items;
}
