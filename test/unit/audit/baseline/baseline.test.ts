import { toCallId, toProcessId } from '../../../../src/base/ids.js';
import { baselineOf, heldAgainst } from '../../../../src/audit/baseline/baseline.js';
import { baselineText, parseBaseline } from '../../../../src/audit/baseline/baseline-file.js';
import type { Baseline } from '../../../../src/audit/baseline/known.js';
import { goneLines } from '../../../../src/audit/baseline/gone.js';
import { FindingBook, type Finding } from '../../../../src/audit/findings/finding.js';
import { fingerprint } from '../../../../src/audit/findings/fingerprint.js';
import type { RuleName } from '../../../../src/audit/findings/rules.js';
import { DEFAULT_AUDIT_POLICY } from '../../../../src/audit/policy/audit-policy.js';
import type { AuditReport } from '../../../../src/audit/report/report.js';
import { verdictOf } from '../../../../src/audit/verdict.js';
import { facts, finding, hostileReport, origin, report } from '../../output/audit/sample-report.js';

/** A finding with other numbers everywhere that a second run has others. */
function decided(rule: RuleName, what: string, run: number): Finding {
  const { first, ...rest } = finding(rule, 'x');
  return {
    ...rest,
    count: run,
    peers: [`127.0.0.1:${4000 + run}`],
    first: {
      ...first,
      pid: toProcessId(100 + run),
      calls: [toCallId(run)],
      program: `/tmp/${run}/tool`,
      peer: `127.0.0.1:${4000 + run}`,
      origin: origin('x', { what, module: `libssl-${`${run}`.repeat(8)}.so.3`, offset: run }),
    },
  };
}

const run = (...findings: readonly Finding[]): AuditReport => report('x', { findings });

function roundTrip(of: AuditReport): Baseline {
  const read = parseBaseline(baselineText(baselineOf(of)));
  if (typeof read === 'string') throw new Error(read);
  return read;
}

const compared = (before: AuditReport, after: AuditReport): AuditReport =>
  heldAgainst(after, 'known.json', roundTrip(before));

const statusOf = (of: AuditReport): number => verdictOf(of, DEFAULT_AUDIT_POLICY).status;

describe('a baseline', () => {
  it('knows findings again in another run, whatever numbers that has and in whatever order', () => {
    const before = run(
      decided('TLS-VERIFY-UNENFORCED', 'SSL_set_verify(0x7f0000001000, 0)', 1),
      decided('TLS-KEYLOG', 'SSL_CTX_set_keylog_callback(0x7f0000002000)', 1),
    );
    const after = run(
      decided('TLS-KEYLOG', 'SSL_CTX_set_keylog_callback(0x7f9900002000)', 2),
      decided('TLS-VERIFY-UNENFORCED', 'SSL_set_verify(0x7f9900001000, 0)', 2),
    );
    const held = compared(before, after);
    expect(held.findings.map(({ since }) => since)).toEqual(['known', 'known']);
    expect(held.baseline?.gone).toEqual([]);
    expect([statusOf(before), statusOf(held)]).toEqual([120, 0]);
    expect(verdictOf(held, DEFAULT_AUDIT_POLICY).sentence).toBe('may pass: 2 findings were known');
    expect(baselineText(baselineOf(after))).toBe(
      baselineText(baselineOf({ ...before, startedAt: after.startedAt })),
    );
  });

  it('tells new, changed and gone apart', () => {
    const before = run(
      decided('TLS-VERIFY-UNENFORCED', 'SSL_set_verify(0x7f0000001000, 0)', 1),
      decided('TLS-KEYLOG', 'SSL_CTX_set_keylog_callback(f)', 1),
    );
    const after = run(
      decided('TLS-VERIFY-UNENFORCED', 'SSL_set_verify(0x7f0000001000, 1)', 2),
      decided('TLS-HOST-UNCHECKED', 'SSL_set_verify(0x7f0000001000, 1)', 2),
    );
    const held = compared(before, after);
    expect(held.findings.map(({ since }) => since)).toEqual(['changed', 'new']);
    expect(held.baseline?.gone).toMatchObject([
      { rule: 'TLS-KEYLOG', call: 'SSL_CTX_set_keylog_callback', program: 'tool' },
    ]);
    expect(verdictOf(held, DEFAULT_AUDIT_POLICY)).toEqual({
      status: 123,
      sentence: 'may not pass: since the baseline 1 new, 1 changed',
    });
    expect(statusOf(compared(before, run()))).toBe(0);
  });

  it('tells the functions of scripts apart, wherever their lines and folders are', () => {
    const by = (file: string, name: string, line: number): AuditReport => {
      const { first, ...rest } = decided('TLS-VERIFY-UNENFORCED', 'SSL_CTX_set_verify(0)', line);
      const asked = { language: 'python', file, function: name, line } as const;
      return run({ ...rest, first: { ...first, origin: origin('x', { ...first.origin, asked }) } });
    };
    const before = by('/a/pull.py', 'fetch', 6);
    const since = (after: AuditReport): unknown => compared(before, after).findings[0]?.since;
    expect(since(by('/elsewhere/pull.py', 'fetch', 9))).toBe('known');
    expect(since(by('/a/pull.py', 'Pull.fetch', 6))).toBe('new');
    expect(since(by('/a/pay.py', 'fetch', 6))).toBe('new');
    const prints = [before, by('/a/pay.py', 'fetch', 6), by('/a/pull.py', 'push', 6)].map(
      ({ findings }) => findings.map(({ first }) => fingerprint(first)).join(),
    );
    expect(new Set(prints).size).toBe(3);
    const held = compared(before, by('/a/pay.py', 'fetch', 6));
    expect(statusOf(held)).toBe(123);
    expect(held.baseline && goneLines(held.baseline)).toEqual([
      'TLS-VERIFY-UNENFORCED libssl.so.3->SSL_CTX_set_verify by pull.py fetch in tool',
    ]);
  });

  it('has a finding of its own for each function of a script that decides', () => {
    const book = new FindingBook();
    const { first } = finding('TLS-VERIFY-UNENFORCED', 'x');
    const add = (name: string, file: string, line: number): void =>
      book.add({
        ...first,
        origin: origin('x', { asked: { language: 'perl', function: name, file, line } }),
      });
    add('main::pull', 'a.pl', 1);
    add('main::push', 'a.pl', 2);
    add('main::pull', 'b.pl', 1);
    add('main::pull', 'a.pl', 3);
    expect(book.all.map(({ count }) => count)).toEqual([2, 1, 1]);
  });

  it('takes one from before scripts were told apart', () => {
    const before = run(decided('TLS-KEYLOG', 'SSL_CTX_set_keylog_callback(f)', 1));
    const written = JSON.parse(baselineText(baselineOf(before))) as {
      findings: Record<string, unknown>[];
    };
    for (const one of written.findings) {
      delete one['script'];
      delete one['function'];
    }
    const read = parseBaseline(JSON.stringify(written));
    expect(typeof read).toBe('object');
    if (typeof read === 'string') return;
    expect(heldAgainst(before, 'old.json', read).findings[0]?.since).toBe('known');
    for (const one of written.findings) one['script'] = 1;
    expect(parseBaseline(JSON.stringify(written))).toBe('parts of it are missing');
  });

  it('keeps small numbers apart: they are values, not addresses', () => {
    const at = (version: string): AuditReport =>
      run(
        decided('TLS-OFFER-WEAK', `SSL_CTX_set_min_proto_version(0x7f0000001000, ${version})`, 1),
      );
    expect(compared(at('0x301'), at('0x302')).findings[0]?.since).toBe('changed');
    expect(compared(at('0x301'), at('0x301')).findings[0]?.since).toBe('known');
  });

  it('lets a known blind spot pass, and a new one not', () => {
    const spot = { count: 1, pid: 1, program: '/a/fetch', module: 'fetch', hint: 'Go', peers: [] };
    const blind = (role: 'client' | 'server', pid: number): AuditReport =>
      report('x', { blindSpots: [{ ...spot, pid, role, facts: facts() }] });
    expect(statusOf(compared(blind('client', 1), blind('client', 2)))).toBe(0);
    expect(statusOf(compared(blind('client', 1), blind('server', 1)))).toBe(121);
    expect(compared(blind('client', 1), run()).baseline?.goneBlindSpots).toHaveLength(1);
  });

  it('survives every name', () => {
    const held = compared(hostileReport, hostileReport);
    expect(held.findings.map(({ since }) => since)).toEqual(['known', 'known', 'known']);
    expect(baselineText(baselineOf(hostileReport))).toMatch(/^[ -~\n]+$/);
  });

  it('refuses what is none, in words', () => {
    expect(parseBaseline('')).toBe('it is no JSON');
    for (const text of ['1', 'null', '[]', '{}', '{"format":"tsltrace"}']) {
      expect(parseBaseline(text)).toMatch(/^it is no baseline/);
    }
    const whole = { format: 'tsltrace-baseline', schema: 1 };
    expect(parseBaseline(JSON.stringify({ ...whole, schema: 2 }))).toMatch(/^another version/);
    for (const more of [{}, { startedAt: '', findings: [1], blindSpots: [] }]) {
      expect(parseBaseline(JSON.stringify({ ...whole, ...more }))).toBe('parts of it are missing');
    }
  });
});
