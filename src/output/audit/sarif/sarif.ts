/** The report of an audit as SARIF 2.1.0 (OASIS, 27 March 2020), within the limits of GitHub's code scanning. */
import { verdictLevel, type Verdict } from '../../../audit/verdict.js';
import type { AuditPolicy } from '../../../audit/policy/audit-policy.js';
import { asciiJson } from '../../../base/ascii-json.js';
import type { AuditReport } from '../../../audit/report/report.js';
import { escapeName } from '../../text/escape.js';
import { ruleDescriptors } from './descriptors.js';
import { message } from './message.js';
import { notificationDescriptors, notificationsOf } from './notifications.js';
import { resultOf } from './results.js';

export interface SarifOptions {
  readonly policy: AuditPolicy;
  /** The file that findings point to where no line of source is known. */
  readonly anchor: string | undefined;
}

/** GitHub shows the 5,000 worst of a run. */
const MOST_RESULTS = 5000;

export function sarifText(report: AuditReport, verdict: Verdict, options: SarifOptions): string {
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [runOf(report, verdict, options)],
  };
  return `${asciiJson(log, 2)}\n`;
}

function runOf(report: AuditReport, verdict: Verdict, { policy, anchor }: SarifOptions): unknown {
  const { findings, startedAt, version } = report;
  const results = findings
    .slice(0, MOST_RESULTS)
    .map((finding) =>
      resultOf(finding, { report, anchor, level: verdictLevel(finding, policy.denied) }),
    );
  const unsaid = findings.length - results.length + report.dropped;
  return {
    tool: {
      driver: {
        name: 'tsltrace',
        ...(version !== '' && { version }),
        rules: ruleDescriptors(),
        notifications: notificationDescriptors(),
      },
    },
    automationDetails: { id: 'tsltrace-audit/' },
    columnKind: 'utf16CodeUnits',
    invocations: [
      {
        executionSuccessful: true,
        exitCode: verdict.status,
        exitCodeDescription: verdict.sentence,
        ...(startedAt !== '' && { startTimeUtc: startedAt }),
        toolExecutionNotifications: notificationsOf(report, { blind: policy.blind, unsaid }),
      },
    ],
    results,
    properties: {
      command: report.command.map(escapeName),
      policy: message(`${report.policy.name} (${report.policy.source})`).text,
    },
  };
}
