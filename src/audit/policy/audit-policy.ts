/** Everything that decides whether a run may pass: a policy, what is denied beyond it, and what is allowed all the same. */
import { rule, type RuleName } from '../findings/rules.js';
import type { Allowance } from './allowance.js';
import type { CallRule } from './call-rules.js';
import type { Policy } from './policy.js';
import { DEFAULT_POLICY } from './presets.js';

export interface AuditPolicy {
  readonly policy: Policy;
  /** Rules whose findings fail the run though they are notes. */
  readonly denied: ReadonlySet<RuleName>;
  /** Calls that must not be made, and such that must. */
  readonly calls: readonly CallRule[];
  readonly allowances: readonly Allowance[];
  /** Does TLS that cannot be looked into fail the run? */
  readonly blind: 'fail' | 'warn';
}

/**
 * Programs use weak digests and the like for much that is no security: notes about that are made where the policy
 * denies any of it.
 */
export function concerns({ denied }: AuditPolicy, name: RuleName): boolean {
  if (rule(name).level !== 'note' || !isOfPrimitives(name)) return true;
  return [...denied].some(isOfPrimitives);
}

const isOfPrimitives = (name: RuleName): boolean => name.startsWith('CRYPTO-');

export const DEFAULT_AUDIT_POLICY: AuditPolicy = {
  policy: DEFAULT_POLICY,
  denied: new Set(),
  calls: [],
  allowances: [],
  blind: 'fail',
};
