/** Compiles the lengths and conditions of prototypes. */
import { assertNever } from '../base/assert-never.js';
import type { CType } from '../ctype/ctype.js';
import type { Layout } from '../ctype/layout.js';
import type { BinaryOperator, Expression, LensedType } from '../prototype/prototype.js';
import { ctypeOf } from './ctype-of.js';
import { integerReader } from './integer.js';
import type { IntegerReader } from './integer.js';
import type { Evaluator, LensContext } from './lens.js';

/** Where a value that an expression names lies: in the frame for arguments, in the struct for members. */
export interface NamedPlace {
  readonly type: LensedType;
  readonly offset: number;
}

/** What an expression can refer to. */
export interface ExpressionScope {
  readonly layout: Layout;
  readonly parameters: readonly NamedPlace[];
  /** Members of the struct that it stands in; empty outside of one. */
  readonly members: readonly NamedPlace[];
}

const nothing: Evaluator = () => undefined;

export function compileExpression(expression: Expression, scope: ExpressionScope): Evaluator {
  switch (expression.kind) {
    case 'number': {
      const { value } = expression;
      return () => value;
    }
    case 'result':
      return (context) => context.result;
    case 'argument':
    case 'element':
      return compileReference(expression, scope);
    case 'pointee':
      return compilePointee(expression.of, scope);
    case 'binary':
      return compileBinary(
        expression.operator,
        compileExpression(expression.left, scope),
        compileExpression(expression.right, scope),
      );
    case 'zero':
      // A length, not a number: handled where arrays are.
      return nothing;
    default:
      return assertNever(expression);
  }
}

type Reference = Extract<Expression, { kind: 'argument' | 'element' }>;

function placeOf({ kind, index }: Reference, scope: ExpressionScope): NamedPlace | undefined {
  return (kind === 'argument' ? scope.parameters : scope.members)[index - 1];
}

function compileReference(reference: Reference, scope: ExpressionScope): Evaluator {
  const place = placeOf(reference, scope);
  const read = place && numberReader(ctypeOf(place.type), scope.layout);
  if (place === undefined || read === undefined) return nothing;
  const { offset } = place;
  return reference.kind === 'argument'
    ? (context) => Number(read(context.frame, offset))
    : (context) => Number(read(context.structView, context.structOffset + offset));
}

/** Reads integers and addresses; undefined for types that are neither. */
export function numberReader(type: CType, layout: Layout): IntegerReader | undefined {
  if (type.kind === 'pointer') {
    return integerReader({ size: 'long', signed: false }, layout.wordBytes);
  }
  return type.kind === 'integer' ? integerReader(type, layout.wordBytes) : undefined;
}

function compilePointee(of: Expression, scope: ExpressionScope): Evaluator {
  const address = compileExpression(of, scope);
  const target = pointedTo(of, scope);
  const read = target && numberReader(target, scope.layout);
  const bytes = target && scope.layout.sizeOf(target);
  // An address without a type (`addr`) is taken to point to an int.
  return read !== undefined && bytes !== undefined
    ? (context) => readAt(context, address(context), bytes, read)
    : (context) => readAt(context, address(context), 4, readInt);
}

const readInt: IntegerReader = (view, offset) => view.getInt32(offset, true);

function pointedTo(of: Expression, scope: ExpressionScope): CType | undefined {
  if (of.kind !== 'argument' && of.kind !== 'element') return undefined;
  let type = placeOf(of, scope)?.type;
  while (type?.kind === 'lens') type = type.of;
  return type?.kind === 'pointer' ? ctypeOf(type.target) : undefined;
}

function readAt(
  context: LensContext,
  address: number | undefined,
  bytes: number,
  read: IntegerReader,
): number | undefined {
  if (address === undefined || address === 0) return undefined;
  let value: number | undefined;
  context.withBlock(address, bytes, (offset, got) => {
    if (got >= bytes) value = Number(read(context.arenaView, offset));
    return { kind: 'void' };
  });
  return value;
}

function compileBinary(operator: BinaryOperator, left: Evaluator, right: Evaluator): Evaluator {
  const compute = OPERATIONS[operator];
  return (context) => {
    const one = left(context);
    const other = right(context);
    return one === undefined || other === undefined ? undefined : compute(one, other);
  };
}

const OPERATIONS: Record<BinaryOperator, (one: number, other: number) => number | undefined> = {
  '+': (one, other) => one + other,
  '-': (one, other) => one - other,
  '*': (one, other) => one * other,
  '/': (one, other) => (other === 0 ? undefined : Math.trunc(one / other)),
  '&': and,
  '==': (one, other) => Number(one === other),
  '!=': (one, other) => Number(one !== other),
  '<': (one, other) => Number(one < other),
  '<=': (one, other) => Number(one <= other),
  '>': (one, other) => Number(one > other),
  '>=': (one, other) => Number(one >= other),
  '&&': (one, other) => Number(one !== 0 && other !== 0),
  '||': (one, other) => Number(one !== 0 || other !== 0),
};

/** Also beyond the 32 bits of JavaScript's own operator. */
function and(one: number, other: number): number | undefined {
  if (!Number.isInteger(one) || !Number.isInteger(other)) return undefined;
  return Number(BigInt.asUintN(64, BigInt(one) & BigInt(other)));
}
