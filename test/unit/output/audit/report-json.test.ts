import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { DEFAULT_AUDIT_POLICY } from '../../../../src/audit/policy/audit-policy.js';
import type { AuditReport } from '../../../../src/audit/report/report.js';
import { verdictOf } from '../../../../src/audit/verdict.js';
import { reportJson } from '../../../../src/output/audit/report-json.js';
import { inProject } from '../../../support/project.js';
import { finding, hostileReport, origin, report } from './sample-report.js';

type Schema = Record<string, unknown>;

/** The schema as docs have it, with every property that it does not describe forbidden. */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed);
  if (typeof part !== 'object' || part === null) return part;
  const fields = Object.fromEntries(
    Object.entries(part).map(([key, value]) => [key, closed(value)]),
  );
  return 'properties' in part ? { ...fields, additionalProperties: false } : fields;
}

const schema = closed(
  JSON.parse(readFileSync(inProject('docs/audit-schema.json'), 'utf8')),
) as Schema;
const ajv = new Ajv({ strict: false, allErrors: true });
const validate = ajv.compile(schema);

/** The report as a reader has it. */
function read(one: AuditReport): Record<string, unknown> {
  const text = reportJson(one, verdictOf(one, DEFAULT_AUDIT_POLICY));
  return JSON.parse(text) as Record<string, unknown>;
}

function mistakes(document: Record<string, unknown>): readonly string[] {
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe('reportJson', () => {
  it('writes what docs/audit-schema.json describes, and nothing else', () => {
    expect(mistakes(read(report('plain')))).toEqual([]);
    expect(mistakes(read(hostileReport))).toEqual([]);
    const setting = { value: '0', number: 2n ** 60n, source: 'set', who: 'curl->f()' } as const;
    const full = report('full', {
      findings: [finding('TLS-CA-EMPTY', 'x', { since: 'new' })],
      contexts: [
        {
          ...{
            count: 1,
            program: '/bin/p',
            library: 'libssl.so.3',
            madeBy: 'p',
            trust: ['x by p'],
          },
          settings: [['options', { ...setting, overrode: setting }]],
          by: origin('x'),
        },
      ],
      allowances: [{ rule: 'TLS-KEYLOG', because: 'tests', until: '2030-01-01', use: 'unused' }],
    });
    expect(mistakes(read(full))).toEqual([]);
  });

  it('is not described where a field is missing or of another kind', () => {
    const whole = read(report('x'));
    const without = Object.entries(whole).filter(([name]) => name !== 'findings');
    expect(mistakes(Object.fromEntries(without))).toHaveLength(1);
    expect(mistakes({ ...whole, dropped: 'none' })).toEqual(['/dropped must be integer']);
    expect(mistakes({ ...whole, surprise: 1 })).toHaveLength(1);
  });
});
