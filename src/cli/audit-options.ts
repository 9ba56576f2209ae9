/** What an audit is held to, from the options and from a policy file. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { errnoText } from '../base/errno-names.js';
import { UserError } from '../base/errors.js';
import { nearestName } from '../base/nearest-name.js';
import { parseBaseline } from '../audit/baseline/baseline-file.js';
import type { Baseline } from '../audit/baseline/known.js';
import { RULES, type RuleName } from '../audit/findings/rules.js';
import { isRuleName, looksLikeRule, parseDay, type Allowance } from '../audit/policy/allowance.js';
import { DEFAULT_AUDIT_POLICY, type AuditPolicy } from '../audit/policy/audit-policy.js';
import type { CallRule } from '../audit/policy/call-rules.js';
import { parsePolicyFile } from '../audit/policy/policy-file.js';
import { PRESET_NAMES, presetNamed } from '../audit/policy/presets.js';
import { parseCallFilter } from '../filter/parse-filter.js';
import { usageError } from './command-line.js';
import type { ParsedOptions } from './parsed-options.js';

/** Nobody writes a longer policy by hand, and a baseline of so many findings helps nobody. */
const LARGEST_FILE_BYTES = 4 * 1024 * 1024;

/** Throws UserError: an unknown preset or rule, an allowance without a reason, a file that cannot be read. */
export function auditPolicyOf(options: ParsedOptions): AuditPolicy {
  const base = policyNamed(options.last('policy'));
  const blind = options.last('blind');
  const denied = options.all('deny');
  return {
    policy: base.policy,
    blind: blind === 'warn' || blind === 'fail' ? blind : base.blind,
    denied: new Set([...base.denied, ...denied.filter(isRuleName)]),
    calls: [
      ...base.calls,
      ...callRules(
        'deny',
        denied.filter((name) => !isRuleName(name)),
      ),
      ...callRules('expect', options.all('expect')),
    ],
    allowances: [...base.allowances, ...allowancesOf(options)],
  };
}

function callRules(effect: CallRule['effect'], filters: readonly string[]): readonly CallRule[] {
  return filters.map((text) => {
    if (looksLikeRule(text)) ruleOf(`--${effect}`, text);
    const filter = parseCallFilter(text, {}, `--${effect}`);
    if (filter.rules.length === 0) throw usageError(`--${effect}: a filter is missing`);
    return { effect, text, filter };
  });
}

/** A name of a preset, or else the path of a file. */
function policyNamed(name: string | undefined): AuditPolicy {
  if (name === undefined) return DEFAULT_AUDIT_POLICY;
  const policy = presetNamed(name);
  if (policy !== undefined) {
    return { ...DEFAULT_AUDIT_POLICY, policy, denied: new Set(policy.denies) };
  }
  if (!name.includes('/') && !existsSync(name)) {
    const near = nearestName(name, PRESET_NAMES);
    const hint =
      near === undefined ? `there are ${PRESET_NAMES.join(', ')}` : `did you mean ${near}?`;
    throw usageError(`--policy: '${name}' is neither a preset nor a file`, hint);
  }
  return parsePolicyFile(name, readOptionFile('--policy', name, 'a policy'));
}

/** Throws UserError: a file that cannot be read, or is no baseline. */
export function baselineNamed(path: string): Baseline {
  const known = parseBaseline(readOptionFile('--baseline', path, 'a baseline'));
  if (typeof known === 'string') throw new UserError(`--baseline: '${path}' is refused: ${known}`);
  return known;
}

function readOptionFile(option: string, path: string, what: string): string {
  try {
    const about = statSync(path);
    if (!about.isFile()) throw new UserError(`${option}: '${path}' is no file`);
    if (about.size > LARGEST_FILE_BYTES) {
      throw new UserError(`${option}: '${path}' is larger than ${what} can be`);
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { errno } = error as NodeJS.ErrnoException;
    const why = errno === undefined ? 'it cannot be read' : errnoText(-errno);
    throw new UserError(`${option}: cannot read '${path}': ${why}`);
  }
}

function allowancesOf(options: ParsedOptions): readonly Allowance[] {
  const found: Allowance[] = [];
  for (const { name, value = '' } of options.sequence(['allow', 'because', 'until'])) {
    if (name === 'allow') {
      const [rule = '', module] = value.split('@');
      found.push({
        rule: ruleOf('--allow', rule),
        because: '',
        ...(module !== undefined && { module }),
      });
      continue;
    }
    const last = found.pop();
    if (last === undefined) throw usageError(`--${name} needs an --allow before it`);
    found.push(name === 'because' ? { ...last, because: value } : { ...last, until: dayOf(value) });
  }
  const unexplained = found.find(({ because }) => because === '');
  if (unexplained !== undefined) {
    throw usageError(`--allow ${unexplained.rule} needs a --because behind it`);
  }
  return found;
}

function dayOf(text: string): string {
  const day = parseDay(text);
  if (day === undefined) throw usageError(`--until: '${text}' is no day like 2027-01-31`);
  return day;
}

function ruleOf(option: string, name: string): RuleName {
  if (isRuleName(name)) return name;
  const names = Object.keys(RULES);
  const near = nearestName(name, names);
  const hint = near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`;
  throw usageError(`${option}: no rule is called '${name}'`, hint);
}

/** @returns where a collector takes logs */
export function collectorNamed(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw usageError(`--otlp: '${text}' is no URL of http or https`, 'as http://localhost:4318');
  }
  if (url.pathname === '/') url.pathname = '/v1/logs';
  return url.href;
}
