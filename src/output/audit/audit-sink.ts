/** Feeds an audit, and writes what it has to say at the end. */
import { Auditor } from '../../audit/auditor.js';
import { withoutPeers } from '../../audit/report/without-peers.js';
import type { AuditPolicy } from '../../audit/policy/audit-policy.js';
import type { TraceEvent } from '../../trace/event.js';
import type { TraceSink } from '../../trace/sink.js';
import type { OutputStream } from '../output-stream.js';
import { reportJson } from './report-json.js';
import { verdictOf } from '../../audit/verdict.js';
import { colored, plain } from '../text/color.js';
import { reportText } from './report-text.js';

export interface AuditOptions {
  readonly form: 'text' | 'json';
  /** Columns of the text. */
  readonly width: number;
  readonly color: 'always' | 'never';
  readonly policy: AuditPolicy;
  /** Names and addresses of other hosts are personal data. */
  readonly peers: 'shown' | 'redacted';
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
    const { form, width, color, policy } = this.options;
    const verdict = verdictOf(report, policy);
    const style = { width, paint: color === 'always' ? colored : plain };
    const text = form === 'json' ? reportJson(report, verdict) : reportText(report, verdict, style);
    this.verdict = verdict.status;
    this.stream.write(text);
    this.stream.finish();
  }
}
