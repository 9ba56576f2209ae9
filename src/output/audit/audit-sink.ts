/** Feeds an audit, and writes what it has to say at the end. */
import { Auditor } from '../../audit/auditor.js';
import { withoutPeers } from '../../audit/report/without-peers.js';
import type { AuditReport } from '../../audit/report/report.js';
import type { AuditPolicy } from '../../audit/policy/audit-policy.js';
import type { TraceEvent } from '../../trace/event.js';
import type { TraceSink } from '../../trace/sink.js';
import type { OutputStream } from '../output-stream.js';
import { verdictOf, type Verdict } from '../../audit/verdict.js';
import { colored, plain } from '../text/color.js';
import { annotationsText } from './annotations.js';
import { cbomText } from './cbom/cbom.js';
import { junitText } from './junit.js';
import { reportJson } from './report-json.js';
import { reportText } from './report-text.js';
import { sarifText } from './sarif/sarif.js';

export const AUDIT_FORMS = ['text', 'json', 'sarif', 'cbom', 'junit', 'github'] as const;

export type AuditForm = (typeof AUDIT_FORMS)[number];

export interface AuditOptions {
  readonly form: AuditForm;
  /** Columns of the text. */
  readonly width: number;
  readonly color: 'always' | 'never';
  readonly policy: AuditPolicy;
  /** Names and addresses of other hosts are personal data. */
  readonly peers: 'shown' | 'redacted';
  /** The file that stands for the program where tools want one; undefined: its script, or itself. */
  readonly anchor: string | undefined;
}

export class AuditSink implements TraceSink {
  private readonly auditor: Auditor;
  /** Of the report at the end. */
  verdict: number | undefined;

  constructor(
    private readonly stream: OutputStream,
    private readonly options: AuditOptions,
  ) {
    this.auditor = new Auditor(options.policy);
  }

  readonly mayLag = true;

  accept(event: TraceEvent): void {
    this.auditor.accept(event);
  }

  flush(): void {
    this.stream.flush();
  }

  finish(): void {
    const { peers } = this.options;
    const seen = this.auditor.report();
    const report = peers === 'redacted' ? withoutPeers(seen) : seen;
    const verdict = verdictOf(report, this.options.policy);
    this.verdict = verdict.status;
    this.stream.write(textOf(report, verdict, this.options));
    this.stream.finish();
  }
}

function textOf(report: AuditReport, verdict: Verdict, options: AuditOptions): string {
  switch (options.form) {
    case 'text': {
      const paint = options.color === 'always' ? colored : plain;
      return reportText(report, verdict, { width: options.width, paint });
    }
    case 'json':
      return reportJson(report, verdict);
    case 'sarif':
      return sarifText(report, verdict, options);
    case 'cbom':
      return cbomText(report, verdict);
    case 'junit':
      return junitText(report, verdict, options.policy);
    case 'github':
      return annotationsText(report, verdict, options);
  }
}
