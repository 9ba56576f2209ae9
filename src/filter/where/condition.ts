/** A `--where` condition as a tree, and what it says about a call. */
import { errnoName } from '../../base/errno-names.js';
import type { EnteredEvent, Language, LeftEvent, ScriptFrame } from '../../trace/event.js';
import type { Argument } from '../../trace/value.js';
import { scalarOf, scalarOfValue, type Scalar } from './scalar.js';

export type Field =
  | { readonly kind: 'argument'; readonly index: number }
  | { readonly kind: 'named-argument'; readonly name: string }
  | { readonly kind: 'retval' | 'errno' | 'duration' }
  | { readonly kind: 'caller' | 'library' | 'function' | 'tid' | 'pid' | 'depth' }
  | ScriptField;

/** Of the innermost frame of a script. */
export interface ScriptField {
  readonly kind: 'script';
  /** As it was written: `py.file`. */
  readonly name: string;
  /** 'any': whatever language it is in. */
  readonly language: Language | 'any';
  readonly part: 'function' | 'file' | 'line';
}

export type Operand =
  | { readonly kind: 'field'; readonly field: Field }
  | { readonly kind: 'constant'; readonly scalar: Scalar };

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | {
      readonly kind: 'compare';
      readonly operator: Comparison;
      readonly left: Operand;
      readonly right: Operand;
    }
  | {
      readonly kind: 'fits';
      readonly operand: Operand;
      readonly wanted: 'yes' | 'no';
      /** The pattern. */
      readonly text: string;
      readonly matches: (text: string) => boolean;
    }
  /** An operand alone: is it there, and neither zero nor empty? */
  | { readonly kind: 'truth'; readonly operand: Operand };

/** A call that has been entered, or one that is over; then `result` is undefined if it never returned. */
export type Moment =
  | { readonly kind: 'entry'; readonly call: EnteredEvent }
  | { readonly kind: 'over'; readonly call: EnteredEvent; readonly result: LeftEvent | undefined };

/** undefined only at entry: it depends on what the return will bring. */
export function evaluate(condition: Condition, moment: Moment): boolean | undefined {
  switch (condition.kind) {
    case 'and':
      return all(condition.parts, moment);
    case 'or': {
      const none = all(condition.parts, moment, 'negated');
      return none === undefined ? undefined : !none;
    }
    case 'not': {
      const inner = evaluate(condition.part, moment);
      return inner === undefined ? undefined : !inner;
    }
    case 'truth':
      return withScalar(condition.operand, moment, isTrue);
    case 'fits': {
      const { matches, wanted } = condition;
      return withScalar(condition.operand, moment, ({ texts }) =>
        texts.length === 0 ? false : texts.some((text) => matches(text)) === (wanted === 'yes'),
      );
    }
    case 'compare': {
      const { operator, right } = condition;
      return withScalar(condition.left, moment, (left) =>
        withScalar(right, moment, (other) => compare(operator, left, other)),
      );
    }
  }
}

/** True when all hold (or, negated, none does); undefined when that is open. */
function all(
  parts: readonly Condition[],
  moment: Moment,
  sense: 'plain' | 'negated' = 'plain',
): boolean | undefined {
  let open = false;
  for (const part of parts) {
    const held = evaluate(part, moment);
    if (held === undefined) open = true;
    else if (held === (sense === 'negated')) return false;
  }
  return open ? undefined : true;
}

/** What a call does not have makes every statement about it false. */
function withScalar(
  operand: Operand,
  moment: Moment,
  judge: (scalar: Scalar) => boolean | undefined,
): boolean | undefined {
  if (operand.kind === 'constant') return judge(operand.scalar);
  const scalar = scalarOfField(operand.field, moment);
  if (scalar === 'later') return undefined;
  return scalar === 'absent' ? false : judge(scalar);
}

/** The library that system calls have, as ltrace writes them: `open@SYS`. */
const KERNEL = 'SYS';

type Found = Scalar | 'later' | 'absent';

function scalarOfField(field: Field, moment: Moment): Found {
  const { call } = moment;
  switch (field.kind) {
    case 'argument':
      return argumentScalar(moment, (args) => args[field.index]);
    case 'named-argument':
      return argumentScalar(moment, (args) => args.find(({ name }) => name === field.name));
    case 'retval':
    case 'errno':
    case 'duration':
      return resultScalar(field.kind, moment);
    case 'caller':
    case 'library':
    case 'function':
      return { numbers: [], texts: textsOf(field.kind, call) };
    case 'script':
      return scriptScalar(field, call);
    case 'tid':
      return number(call.tid);
    case 'pid':
      return number(call.pid);
    case 'depth':
      return number(call.depth);
  }
}

/** The names that a call has there: any of them may be meant. */
export function textsOf(
  field: 'caller' | 'library' | 'function',
  call: EnteredEvent,
): readonly string[] {
  if (field === 'caller') return [call.caller.module];
  if (field === 'library') return [call.kind === 'call' ? call.library : KERNEL];
  if (call.kind === 'syscall') return [call.name, `SYS_${call.name}`];
  return [call.symbol, call.demangled, call.shownAs].filter((name) => name !== undefined);
}

/** A recording may have the frames of the script only among those of the stack. */
function innermostScript(call: EnteredEvent): ScriptFrame | undefined {
  const [asked] = call.script ?? [];
  if (asked !== undefined || call.kind === 'syscall') return asked;
  return call.backtrace?.find((frame) => frame.language !== undefined);
}

function scriptScalar({ language, part }: ScriptField, call: EnteredEvent): Found {
  const frame = innermostScript(call);
  if (frame === undefined || (language !== 'any' && language !== frame.language)) return 'absent';
  const value = frame[part];
  if (value === undefined) return 'absent';
  return typeof value === 'number' ? number(value) : { numbers: [], texts: [value] };
}

function argumentScalar(
  moment: Moment,
  pick: (args: readonly Argument[]) => Argument | undefined,
): Found {
  const early = pick(moment.call.args);
  if (early !== undefined) return scalarOf(early);
  if (moment.kind === 'entry') return 'later';
  const late = pick([...moment.call.args, ...(moment.result?.outArgs ?? [])]);
  return late === undefined ? 'absent' : scalarOf(late);
}

function resultScalar(kind: 'retval' | 'errno' | 'duration', moment: Moment): Found {
  if (moment.kind === 'entry') return 'later';
  const { call, result } = moment;
  if (result === undefined) return 'absent';
  if (kind === 'duration') return number(result.at - call.at);
  if (kind === 'errno') return errnoScalar(result.errno ?? 0);
  const scalar = scalarOfValue(result.result);
  return scalar.numbers.length > 0 || result.result.kind === 'redacted'
    ? scalar
    : { numbers: [result.rawResult], texts: scalar.texts };
}

/** Its name in quotes will do as well. */
function errnoScalar(errno: number): Scalar {
  const name = errnoName(errno);
  return { numbers: [errno], texts: name === undefined ? [] : [name] };
}

function number(value: number): Scalar {
  return { numbers: [value], texts: [] };
}

function isTrue({ numbers, texts }: Scalar): boolean {
  const [value] = numbers;
  return value === undefined ? texts.some((one) => one !== '') : value != 0;
}

function compare(operator: Comparison, left: Scalar, right: Scalar): boolean {
  const asText = left.numbers.length === 0 || right.numbers.length === 0;
  const lefts = asText ? left.texts : left.numbers;
  const rights = asText ? right.texts : right.numbers;
  const [a] = lefts;
  const [b] = rights;
  if (a === undefined || b === undefined) return false;
  switch (operator) {
    case '==':
      return anyEqual(lefts, rights);
    case '!=':
      return !anyEqual(lefts, rights);
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

type Plain = number | bigint | string;

function anyEqual(lefts: readonly Plain[], rights: readonly Plain[]): boolean {
  // Loose on purpose: 5 == 5n. Texts are never compared with numbers here.
  return lefts.some((left) => rights.some((right) => left == right));
}
