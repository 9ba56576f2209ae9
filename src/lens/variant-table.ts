// Hot path: runs at every stop.
/** Finds the variant of a function that fits a call. */
import type { Expression, Prototype, Variant } from '../prototype/prototype.js';
import { compileExpression } from './expression.js';
import type { ExpressionScope } from './expression.js';
import type { Evaluator, LensContext } from './lens.js';

/** Made when first chosen: of a hundred variants a program uses a few. */
interface Choice<T> {
  readonly variant: Variant;
  made: T | undefined;
}

type Step<T> =
  /** Consecutive conditions `argN == NUMBER` on one argument. */
  | {
      readonly kind: 'table';
      readonly argument: number;
      readonly value: Evaluator;
      readonly choices: Map<number, Choice<T>>;
    }
  | { readonly kind: 'condition'; readonly holds: Evaluator; readonly choice: Choice<T> };

export class VariantTable<T> {
  private readonly steps: Step<T>[] = [];

  constructor(
    variants: readonly Variant[],
    scope: ExpressionScope,
    private readonly make: (prototype: Prototype) => T,
  ) {
    for (const variant of variants) this.add(variant, scope);
  }

  /** Uses the frame of the context. */
  choose(context: LensContext): T | undefined {
    for (const step of this.steps) {
      const choice = chooseIn(step, context);
      if (choice !== undefined) return (choice.made ??= this.make(choice.variant.prototype));
    }
    return undefined;
  }

  private add(variant: Variant, scope: ExpressionScope): void {
    const { condition } = variant;
    const choice: Choice<T> = { variant, made: undefined };
    const equality = asEquality(condition);
    if (equality === undefined) {
      const holds = compileExpression(condition, scope);
      this.steps.push({ kind: 'condition', holds, choice });
      return;
    }
    const last = this.steps.at(-1);
    if (last?.kind === 'table' && last.argument === equality.argument) {
      if (!last.choices.has(equality.value)) last.choices.set(equality.value, choice);
      return;
    }
    this.steps.push({
      kind: 'table',
      argument: equality.argument,
      value: compileExpression({ kind: 'argument', index: equality.argument }, scope),
      choices: new Map([[equality.value, choice]]),
    });
  }
}

function chooseIn<T>(step: Step<T>, context: LensContext): Choice<T> | undefined {
  if (step.kind === 'condition') {
    return (step.holds(context) ?? 0) === 0 ? undefined : step.choice;
  }
  const value = step.value(context);
  return value === undefined ? undefined : step.choices.get(value);
}

function asEquality(condition: Expression): { argument: number; value: number } | undefined {
  if (condition.kind !== 'binary' || condition.operator !== '==') return undefined;
  const { left, right } = condition;
  return left.kind === 'argument' && right.kind === 'number'
    ? { argument: left.index, value: right.value }
    : undefined;
}
