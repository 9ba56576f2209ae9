/** What a search field understands. */

/** Every word must be there; `*` stands for anything, small and large letters are the same. */
export function matcher(query: string): (text: string) => boolean {
  const words = query
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(pattern);
  return (text) => words.every((word) => word.test(text));
}

function pattern(word: string): RegExp {
  const parts = word.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(parts.join('.*'), 'i');
}

/** One call as the search sees it. */
export interface Searched {
  readonly name: string;
  readonly caller: string;
  readonly text: string;
  readonly tid: number;
  readonly pid: number;
  /** Nanoseconds, -1 for a call that never returned. */
  readonly duration: number;
  readonly failed: boolean;
}

type Test = (call: Searched) => boolean;

export const SEARCH_HELP =
  'Words must all be there; caller->name as in -e, with * for anything; >1ms and <10us by duration; failed; open; thread:TID; pid:PID; a word behind - must not be there.';

/** The words of the query, each a condition. */
export function callMatcher(query: string): Test {
  const tests = query
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(testOf);
  return (call) => tests.every((test) => test(call));
}

function testOf(word: string): Test {
  if (word.length > 1 && word.startsWith('-') && !word.startsWith('->')) {
    const inner = testOf(word.slice(1));
    return (call) => !inner(call);
  }
  if (word === 'failed') return ({ failed }) => failed;
  if (word === 'open') return ({ duration }) => duration < 0;
  return durationTest(word) ?? numberTest(word) ?? arrowTest(word) ?? textTest(word);
}

const NANOSECONDS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 };

function durationTest(word: string): Test | undefined {
  const [, sign, amount = '', unit = ''] =
    /^([<>])(\d+(?:\.\d+)?)(ns|us|µs|ms|s)$/.exec(word) ?? [];
  if (sign === undefined) return undefined;
  const limit = Number(amount) * (NANOSECONDS[unit] ?? 1);
  return sign === '>'
    ? ({ duration }) => duration > limit
    : ({ duration }) => duration >= 0 && duration < limit;
}

function numberTest(word: string): Test | undefined {
  const [, what, number] = /^(thread|pid):(\d+)$/.exec(word) ?? [];
  if (what === undefined) return undefined;
  return what === 'thread'
    ? ({ tid }) => tid === Number(number)
    : ({ pid }) => pid === Number(number);
}

/** Whole names, as filters have them: `curl->SSL_*`. */
function arrowTest(word: string): Test | undefined {
  const at = word.indexOf('->');
  if (at < 0) return undefined;
  const caller = whole(word.slice(0, at));
  const name = whole(word.slice(at + 2));
  return (call) => caller.test(call.caller) && name.test(call.name);
}

function whole(glob: string): RegExp {
  return glob === '' ? /^/ : new RegExp(`^(?:${pattern(glob).source})$`, 'i');
}

function textTest(word: string): Test {
  const words = pattern(word);
  return ({ name, caller, text }) => words.test(`${caller}->${name}${text}`);
}
