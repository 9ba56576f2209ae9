/** The report of an audit as JUnit XML: a test case for each rule that can be judged, as CI systems show them. */
import type { Finding } from '../../audit/findings/finding.js';
import { JUDGED_RULES, rule, type RuleName } from '../../audit/findings/rules.js';
import type { AuditPolicy } from '../../audit/policy/audit-policy.js';
import type { AuditReport } from '../../audit/report/report.js';
import { isViolation, PROGRAM_FAILED, type Verdict } from '../../audit/verdict.js';
import { escapeName } from '../text/escape.js';
import { bounded } from './bounded.js';
import { coverageText } from './coverage-text.js';
import { allowanceText, originText, timesText } from './finding-words.js';

interface Case {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'error';
  /** One line. */
  readonly message: string;
  readonly details: string;
}

const WIDTH = 100;
/** Of one test case; viewers show no more. */
const MOST_CHARACTERS = 10_000;

export function junitText(report: AuditReport, verdict: Verdict, policy: AuditPolicy): string {
  const cases = [
    ...JUDGED_RULES.map((name) => caseOfRule(name, report, policy)),
    caseOfBlindSpots(report, policy),
    caseOfProgram(report, verdict),
  ];
  const count = (outcome: Case['outcome']): number =>
    cases.filter((one) => one.outcome === outcome).length;
  const totals =
    `tests="${cases.length}" failures="${count('failed')}"` + ` errors="${count('error')}"`;
  const time = report.startedAt === '' ? '' : ` timestamp="${report.startedAt.replace(/Z$/, '')}"`;
  const command = report.command.map(escapeName).join(' ');
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    `<testsuites name="tsltrace audit" ${totals}>\n`,
    `  <testsuite name=${attribute(`TLS audit of ${command}`)} ${totals} skipped="${count('skipped')}"${time}>\n`,
    ...cases.map(caseXml),
    `    <system-out>${element(coverageText(report, WIDTH))}</system-out>\n`,
    '  </testsuite>\n</testsuites>\n',
  ].join('');
}

function caseOfRule(name: RuleName, { findings }: AuditReport, policy: AuditPolicy): Case {
  const found = findings.filter((finding) => finding.rule === name);
  const bad = found.filter((finding) => isViolation(finding, policy.denied));
  const passes = found.filter((finding) => isPassed(finding));
  const shown = bad.length > 0 ? bad : found;
  const [first] = shown;
  return {
    name: `${name}: ${rule(name).title}`,
    outcome: bad.length > 0 ? 'failed' : passes.length > 0 ? 'skipped' : 'passed',
    message: first === undefined ? '' : summaryOf(first),
    details: shown.map(detailsOf).join('\n'),
  };
}

const isPassed = ({ allowed, since }: Finding): boolean =>
  allowed !== undefined || since === 'known';

function summaryOf({ first, allowed, since }: Finding): string {
  const sentence = escapeName(first.sentence);
  if (allowed !== undefined) return `${sentence} Allowed: ${allowanceText(allowed)}`;
  return since === undefined ? sentence : `${sentence} To the baseline it is ${since}.`;
}

function detailsOf({ first, count, peers, level }: Finding): string {
  return [
    `${level}, ${timesText(count)}: ${escapeName(first.sentence)}`,
    `decided by ${originText(first.origin)}`,
    `seen: ${first.evidence.map(escapeName).join('; ')}`,
    `peer: ${peers.map(escapeName).join(', ')}`,
    `program: ${escapeName(first.program)}, process ${first.pid}\n`,
  ].join('\n');
}

function caseOfBlindSpots({ blindSpots }: AuditReport, { blind }: AuditPolicy): Case {
  const outcome =
    blindSpots.length === 0
      ? 'passed'
      : blind === 'fail' && blindSpots.some(({ since }) => since !== 'known')
        ? 'error'
        : 'skipped';
  const spots = blindSpots.map(({ program, module, count }) =>
    escapeName(`${module === '' ? '[anon]' : module} in ${program}, ${timesText(count)}`),
  );
  const name = 'TLS-BLIND-SPOT: every library that speaks TLS can be looked into';
  const message = 'TLS was spoken by a library whose calls cannot be seen';
  return { name, outcome, message, details: spots.join('\n') };
}

function caseOfProgram({ programs }: AuditReport, { status }: Verdict): Case {
  const ends = programs.map(
    ({ path, end }) => `${escapeName(path)}: ${end === '' ? 'still running' : end}`,
  );
  const outcome = status === PROGRAM_FAILED ? 'error' : 'passed';
  const message = 'the program failed';
  return { name: 'the program itself succeeds', outcome, message, details: ends.join('\n') };
}

function caseXml({ name, outcome, message, details }: Case): string {
  const head = `    <testcase classname="tsltrace.audit" name=${attribute(name)}`;
  const text = element(bounded(details, MOST_CHARACTERS));
  switch (outcome) {
    case 'passed':
      return details === ''
        ? `${head}/>\n`
        : `${head}><system-out>${text}</system-out></testcase>\n`;
    case 'skipped':
      return `${head}><skipped message=${attribute(message)}/></testcase>\n`;
    case 'failed':
      return `${head}><failure message=${attribute(message)}>${text}</failure></testcase>\n`;
    case 'error':
      return `${head}><error message=${attribute(message)}>${text}</error></testcase>\n`;
  }
}

/** What is escaped for a terminal holds no character that XML 1.0 forbids; these four mean something in it. */
function element(text: string): string {
  return text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function attribute(text: string): string {
  return `"${element(bounded(text, MOST_CHARACTERS))}"`;
}
