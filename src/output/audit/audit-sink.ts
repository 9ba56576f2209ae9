/** Feeds an audit, and writes what it has to say at the end. */
import type { Instance } from '../../audit/findings/finding.js';
import { Auditor } from '../../audit/auditor.js';
import { baselineOf, heldAgainst } from '../../audit/baseline/baseline.js';
import { baselineText } from '../../audit/baseline/baseline-file.js';
import type { Baseline } from '../../audit/baseline/known.js';
import { UserError } from '../../base/errors.js';
import { withoutPeers } from '../../audit/report/without-peers.js';
import type { AuditReport } from '../../audit/report/report.js';
import type { AuditPolicy } from '../../audit/policy/audit-policy.js';
import type { TraceEvent } from '../../trace/event.js';
import { OutputClosed, type TraceSink } from '../../trace/sink.js';
import { openFileTarget, type FileOpening } from '../open-file.js';
import type { OutputStream } from '../output-stream.js';
import { verdictOf, type Verdict } from '../../audit/verdict.js';
import { colored, plain } from '../text/color.js';
import { auditDocument } from '../html/audit-document.js';
import { annotationsText } from './annotations.js';
import { cbomText } from './cbom/cbom.js';
import { junitText } from './junit.js';
import { Collector } from './otlp/collector.js';
import { reportJson } from './report-json.js';
import { liveLine } from './finding-words.js';
import { reportText } from './report-text.js';
import { sarifText } from './sarif/sarif.js';

export const AUDIT_FORMS = [
  'text',
  'json',
  'sarif',
  'cbom',
  'cbom-1.7',
  'junit',
  'github',
  'html',
] as const;

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
  /** What was known before, and the file that it stands in. */
  readonly baseline?: { readonly file: string; readonly known: Baseline };
  /** Path of the file that takes what is known now. */
  readonly saveBaseline?: string;
  /** URL of a collector that findings and connections are handed to. */
  readonly otlp?: string;
  /** Is each finding shown when it is first met? */
  readonly isLive: boolean;
  /** Seconds between reports of what was seen so far; 0 for one at the end alone. */
  readonly interval: number;
}

const NS_PER_S = 1_000_000_000;

export class AuditSink implements TraceSink {
  private readonly auditor: Auditor;
  /** Of the report at the end. */
  verdict: number | undefined;
  private nextAt: number;
  private readonly collector: Collector | undefined;

  constructor(
    private readonly stream: OutputStream,
    private readonly options: AuditOptions,
  ) {
    const { isLive } = options;
    this.auditor = new Auditor(options.policy, isLive ? (found) => this.show(found) : undefined);
    // Better now than after an hour: can it be written?
    const { saveBaseline, otlp } = options;
    if (saveBaseline !== undefined) openFileTarget(saveBaseline, openingFor('append')).close();
    this.nextAt = options.interval * NS_PER_S;
    if (otlp !== undefined) this.collector = new Collector(otlp);
  }

  readonly mayLag = true;

  accept(event: TraceEvent): void {
    this.auditor.accept(event);
  }

  tick(at: number): number | undefined {
    const { interval } = this.options;
    if (interval === 0) return undefined;
    if (at >= this.nextAt) {
      this.reportSoFar();
      this.nextAt = at + interval * NS_PER_S;
    }
    return this.nextAt;
  }

  /** One report behind another is nothing that readers of the other forms take. */
  readonly reportSoFar = (): void => {
    const { form } = this.options;
    if (form !== 'text' && form !== 'json') return;
    this.writeReport();
    this.stream.flush();
  };

  flush(): void {
    this.stream.flush();
  }

  finish(): void {
    const { saveBaseline } = this.options;
    const { found, status } = this.writeReport();
    this.verdict = status;
    this.stream.finish();
    if (saveBaseline !== undefined) save(saveBaseline, baselineText(baselineOf(found)));
    this.collector?.finish();
  }

  /** Whoever waits for a long run reads it at once. */
  private show(found: Instance): void {
    this.stream.write(liveLine(found));
    this.stream.flush();
  }

  /** What is to be said now, before it is held against what was known, and the exit status that it comes to. */
  private writeReport(): { readonly found: AuditReport; readonly status: number } {
    const { peers, baseline, policy } = this.options;
    const seen = this.auditor.report();
    const found = peers === 'redacted' ? withoutPeers(seen) : seen;
    const report =
      baseline === undefined ? found : heldAgainst(found, baseline.file, baseline.known);
    const verdict = verdictOf(report, policy);
    this.stream.write(textOf(report, verdict, this.options));
    this.collector?.offer(report);
    return { found, status: verdict.status };
  }
}

function openingFor(how: FileOpening['how']): FileOpening {
  return { how, readers: 'by-umask' };
}

/** Once the trace is over, a file that cannot be opened is an output that takes no more. */
function save(path: string, text: string): void {
  try {
    const target = openFileTarget(path, openingFor('truncate'));
    target.write(Buffer.from(text));
    target.close();
  } catch (error) {
    if (error instanceof UserError) throw new OutputClosed(path, error.message);
    throw error;
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
      return cbomText(report, verdict, '1.6');
    case 'cbom-1.7':
      return cbomText(report, verdict, '1.7');
    case 'junit':
      return junitText(report, verdict, options.policy);
    case 'github':
      return annotationsText(report, verdict, options);
    case 'html':
      return auditDocument(report, verdict);
  }
}
