/** Policy files: YAML, and so JSON. Mistakes are told with their place. */
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import { UserError } from '../../base/errors.js';
import { nearestName } from '../../base/nearest-name.js';
import { parseCallFilter } from '../../filter/parse-filter.js';
import { onOneLine } from '../../filter/pattern-error.js';
import { RULES } from '../findings/rules.js';
import { isRuleName, looksLikeRule, parseDay, type Allowance } from './allowance.js';
import type { CallRule } from './call-rules.js';
import type { AuditPolicy } from './audit-policy.js';
import { DEFAULT_POLICY, PRESET_NAMES, presetNamed } from './presets.js';
import type { Policy } from './policy.js';

const KEYS = [
  'preset',
  'blind',
  'deny',
  'expect',
  'allow',
  'minimum-version',
  'rsa-bits',
  'security-level',
] as const;
const ALLOWANCE_KEYS = ['rule', 'module', 'program', 'script', 'because', 'until'] as const;

const VERSIONS: Readonly<Record<string, number>> = {
  'TLS 1.0': 0x0301,
  'TLS 1.1': 0x0302,
  'TLS 1.2': 0x0303,
  'TLS 1.3': 0x0304,
};

/**
 * Reads a policy file.
 *
 * @param path for messages
 * @throws UserError with line and column where something is wrong
 */
export function parsePolicyFile(path: string, text: string): AuditPolicy {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [mistake] = document.errors;
  if (mistake !== undefined) {
    const place = lines.linePos(mistake.pos[0]);
    const [message = ''] = mistake.message.split('\n');
    throw new UserError(
      `${path}:${place.line}:${place.col}: ${message.replace(/ at line .*/, '')}`,
    );
  }
  return new Reader(path, lines).policy(document.contents);
}

class Reader {
  constructor(
    private readonly path: string,
    private readonly lines: LineCounter,
  ) {}

  policy(root: Node | null): AuditPolicy {
    const fields = this.fields(root, KEYS, 'a policy');
    const preset = fields.get('preset');
    const base = preset === undefined ? DEFAULT_POLICY : this.preset(preset);
    const blind = fields.get('blind');
    const deny = this.list(fields.get('deny'));
    const denials = deny.map((node) => this.text(node));
    return {
      policy: { ...base, ...this.figures(fields) },
      blind: blind === undefined ? 'fail' : this.choice(blind, ['fail', 'warn'] as const),
      denied: new Set([...(base.denies ?? []), ...denials.filter(isRuleName)]),
      calls: [
        ...this.calls(
          'deny',
          deny.filter((node) => !isRuleName(this.text(node))),
        ),
        ...this.calls('expect', this.list(fields.get('expect'))),
      ],
      allowances: this.list(fields.get('allow')).map((node) => this.allowance(node)),
    };
  }

  /** A misspelt rule must not become a filter that nothing fits. */
  private calls(effect: CallRule['effect'], nodes: readonly Node[]): readonly CallRule[] {
    return nodes.map((node) => {
      const text = this.text(node);
      if (looksLikeRule(text)) this.rule(node);
      try {
        return { effect, text, filter: parseCallFilter(text, {}, effect) };
      } catch (error) {
        if (error instanceof UserError) throw this.mistake(node, onOneLine(error.message));
        throw error;
      }
    });
  }

  private figures(fields: ReadonlyMap<string, Node>): Partial<Policy> {
    const version = fields.get('minimum-version');
    const rsa = fields.get('rsa-bits');
    const level = fields.get('security-level');
    return {
      ...(version !== undefined && { minimumVersion: this.version(version) }),
      ...(rsa !== undefined && { rsaBits: this.number(rsa, 512, 16384) }),
      ...(level !== undefined && { securityLevel: this.number(level, 0, 5) }),
    };
  }

  private allowance(node: Node): Allowance {
    const fields = this.fields(node, ALLOWANCE_KEYS, 'an allowance');
    const rule = fields.get('rule');
    const because = fields.get('because');
    if (rule === undefined) throw this.mistake(node, "an allowance needs a 'rule'");
    if (because === undefined) throw this.mistake(node, "an allowance needs a reason: 'because'");
    const module = fields.get('module');
    const program = fields.get('program');
    const script = fields.get('script');
    const until = fields.get('until');
    return {
      rule: this.rule(rule),
      because: this.text(because),
      ...(module !== undefined && { module: this.text(module) }),
      ...(program !== undefined && { program: this.text(program) }),
      ...(script !== undefined && { script: this.text(script) }),
      ...(until !== undefined && { until: this.day(until) }),
    };
  }

  private preset(node: Node): Policy {
    const name = this.text(node);
    const preset = presetNamed(name);
    if (preset !== undefined) return preset;
    throw this.mistake(node, `no preset is called '${name}'; there are ${PRESET_NAMES.join(', ')}`);
  }

  private rule(node: Node): Allowance['rule'] {
    const name = this.text(node);
    if (isRuleName(name)) return name;
    throw this.mistake(node, `no rule is called '${name}'${this.guess(name, Object.keys(RULES))}`);
  }

  private version(node: Node): number {
    const number = VERSIONS[this.text(node)];
    if (number !== undefined) return number;
    throw this.mistake(node, `'${this.text(node)}' is none of ${Object.keys(VERSIONS).join(', ')}`);
  }

  private day(node: Node): string {
    const day = parseDay(this.text(node));
    if (day === undefined)
      throw this.mistake(node, `'${this.text(node)}' is no day like 2027-01-31`);
    return day;
  }

  private choice<Choice extends string>(node: Node, choices: readonly Choice[]): Choice {
    const text = this.text(node);
    const choice = choices.find((one) => one === text);
    if (choice === undefined) {
      throw this.mistake(node, `'${text}' is none of ${choices.join(', ')}`);
    }
    return choice;
  }

  private number(node: Node, min: number, max: number): number {
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
      return value;
    }
    throw this.mistake(node, `a whole number from ${min} to ${max} is wanted here`);
  }

  private text(node: Node): string {
    if (isScalar(node) && typeof node.value === 'string') return node.value;
    throw this.mistake(node, 'a text is wanted here');
  }

  private list(node: Node | undefined): readonly Node[] {
    if (node === undefined) return [];
    if (!isSeq(node)) throw this.mistake(node, 'a list is wanted here');
    return node.items as Node[];
  }

  private fields(node: Node | null, keys: readonly string[], what: string): Map<string, Node> {
    if (!isMap(node)) throw this.mistake(node, `${what} is a list of fields: ${keys.join(', ')}`);
    const found = new Map<string, Node>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : '';
      if (!keys.includes(name)) {
        throw this.mistake(key as Node, `${what} has no field '${name}'${this.guess(name, keys)}`);
      }
      if (value === null) throw this.mistake(key as Node, `'${name}' has no value`);
      found.set(name, value as Node);
    }
    return found;
  }

  private guess(name: string, names: readonly string[]): string {
    const near = nearestName(name, names);
    return near === undefined ? '' : `; did you mean '${near}'?`;
  }

  private mistake(node: Node | null, message: string): UserError {
    const place = this.lines.linePos(node?.range?.[0] ?? 0);
    return new UserError(`${this.path}:${place.line}:${place.col}: ${message}`);
  }
}
