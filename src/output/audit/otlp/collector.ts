/**
 * Hands findings and connections to an OpenTelemetry collector, by OTLP over HTTP. A thread of its own does so, while the
 * program is traced; what waits there is bounded, and at the end, when no program is traced any more, there is a limit to
 * how long we wait.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { AuditReport } from '../../../audit/report/report.js';
import { UserError } from '../../../base/errors.js';
import { OutputClosed } from '../../../trace/sink.js';
import { escapeName } from '../../text/escape.js';
import { recordsOf, resourceOf, type LogRecord } from './records.js';
import { ERROR_AT, SHARED_BYTES, WORD, type SenderMessage, type SenderStart } from './shared.js';

/** Of the official packages: the exporter of logs as JSON. */
const EXPORTER = '@opentelemetry/exporter-logs-otlp-http';

const MOST_WAITING = 20_000;
const REQUEST_MS = 5000;
const END_MS = 10_000;

export class Collector {
  private readonly shared = new SharedArrayBuffer(SHARED_BYTES);
  private readonly words = new Int32Array(this.shared, 0, ERROR_AT / 4);
  /** Started for the first that is to be sent: until then there is one thread. */
  private worker: Worker | undefined;
  /** Of each record that was handed over, how often that was seen by then. */
  private readonly told = new Map<string, number>();
  private dropped = 0;

  /** @throws UserError where the package is missing */
  constructor(private readonly url: string) {
    if (!isInstalled()) {
      throw new UserError(`--otlp needs the package ${EXPORTER}`, `npm install ${EXPORTER}`);
    }
  }

  /** What is new since the last time, or was seen again. */
  offer(report: AuditReport): void {
    const records = recordsOf(report).filter((record) => this.isNews(record));
    if (records.length === 0) return;
    if (Atomics.load(this.words, WORD.WAITING) + records.length > MOST_WAITING) {
      this.dropped += records.length;
      return;
    }
    Atomics.add(this.words, WORD.WAITING, records.length);
    const { version } = report;
    const resource = resourceOf(report);
    this.post({ kind: 'records', version, resource, records, at: Date.now() });
  }

  /** @throws OutputClosed where not all of it was taken */
  finish(): void {
    if (this.worker === undefined && this.dropped === 0) return;
    this.post({ kind: 'end' });
    const answer = Atomics.wait(this.words, WORD.DONE, 0, END_MS);
    void this.worker?.terminate();
    const waiting = Atomics.load(this.words, WORD.WAITING);
    const lost = this.dropped + Atomics.load(this.words, WORD.FAILED) + waiting;
    if (lost === 0) return;
    const why = answer === 'timed-out' ? `no answer in ${END_MS / 1000} s` : this.error();
    throw new OutputClosed(this.url, `${lost} of its records were not taken: ${why}`);
  }

  private isNews(record: LogRecord): boolean {
    const { event, body, attributes } = record;
    const { [`${event}.count`]: count, ...rest } = attributes;
    const key = JSON.stringify([event, body, rest]);
    if (this.told.get(key) === count) return false;
    this.told.set(key, Number(count));
    return true;
  }

  private post(message: SenderMessage): void {
    this.worker ??= this.startWorker();
    this.worker.postMessage(message);
  }

  private startWorker(): Worker {
    const { url, shared } = this;
    const workerData: SenderStart = { url, shared, timeout: REQUEST_MS };
    const worker = new Worker(path.join(__dirname, 'sender.js'), {
      name: 'otlp',
      workerData,
      execArgv: [],
      // Else Node opens our streams, which makes pipes non-blocking that the tracee shares.
      stdout: true,
      stderr: true,
    });
    // Were it to end early, nobody would wait for more than the limit.
    worker.on('error', () => undefined);
    worker.unref();
    return worker;
  }

  private error(): string {
    const bytes = new Uint8Array(this.shared, ERROR_AT, this.words[WORD.ERROR_BYTES]);
    const text = escapeName(Buffer.from(bytes).toString('utf8'));
    return text === '' ? 'too many at once' : text;
  }
}

function isInstalled(): boolean {
  try {
    createRequire(__filename).resolve(EXPORTER);
    return true;
  } catch {
    return false;
  }
}
