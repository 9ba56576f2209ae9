/** The rules of an audit as reportingDescriptor objects, SARIF section 3.49. */
import { RULES, type Level, type RuleFacts } from '../../../audit/findings/rules.js';

/** What is found by watching what came of it is seldom wrong. */
const PRECISION = 'very-high';

/** For GitHub: 7.0 and above is high, 4.0 and above medium, below low. */
const SEVERITIES: Readonly<Record<Level, string>> = { error: '7.5', warning: '5.0', note: '2.0' };

const ALL: readonly (readonly [string, RuleFacts])[] = Object.entries(RULES);
const INDEX = new Map(ALL.map(([id], index) => [id, index]));

export function ruleIndex(id: string): number {
  return INDEX.get(id) ?? -1;
}

export function ruleDescriptors(): readonly unknown[] {
  return ALL.map(([id, { title, level, cwe }]) => {
    const sentence = `${title.charAt(0).toUpperCase()}${title.slice(1)}.`;
    return {
      id,
      name: pascalCase(id),
      shortDescription: { text: sentence },
      fullDescription: { text: sentence },
      help: { text: `${sentence} See docs/audit.md of tsltrace, Findings, for when it is said.` },
      defaultConfiguration: { level },
      properties: {
        tags: ['security', ...(cwe === undefined ? [] : [`external/cwe/cwe-${cwe}`])],
        precision: PRECISION,
        'problem.severity': level === 'note' ? 'recommendation' : level,
        'security-severity': SEVERITIES[level],
      },
    };
  });
}

function pascalCase(id: string): string {
  return id
    .split('-')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('');
}
