/** The thread that sends: what it is handed becomes records of the official packages, some hundred in a request. */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { partialSuccessOf, type PartialSuccess } from './partial-success.js';
import type { Attributes, LogRecord } from './records.js';
import {
  ERROR_AT,
  MOST_ERROR_BYTES,
  WORD,
  type SenderMessage,
  type SenderStart,
} from './shared.js';

/** In one request. */
const BATCH = 512;
const SEVERITY_TEXTS = { 9: 'INFO', 13: 'WARN', 17: 'ERROR' } as const;

/** What is used of the package; ReadableLogRecord of its sdk-logs. */
interface Exporter {
  export(records: readonly object[], done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

interface ExportResult {
  /** ExportResultCode: 0 for success. */
  readonly code: number;
  readonly error?: Error;
}

/** What is used of its API: where the packages say what they met. */
interface Diagnostics {
  readonly diag: { setLogger(logger: object, options: { logLevel: number }): boolean };
}

/** DiagLogLevel.WARN */
const WARN = 50;

type ExporterClass = new (options: { url: string; timeoutMillis: number }) => Exporter;

class Sender {
  private readonly words: Int32Array;
  private readonly exporter: Exporter;
  /** Of the request that is under way. */
  private partial: PartialSuccess | undefined;
  /** The same object for all: records are put together by it. */
  private scope: object | undefined;
  private sending: Promise<void> = Promise.resolve();

  constructor(private readonly start: SenderStart) {
    const { url, shared, timeout } = start;
    this.words = new Int32Array(shared, 0, ERROR_AT / 4);
    const file = createRequire(__filename).resolve('@opentelemetry/exporter-logs-otlp-http');
    const load = createRequire(file);
    const { OTLPLogExporter } = load(file) as { readonly OTLPLogExporter: ExporterClass };
    this.exporter = new OTLPLogExporter({ url, timeoutMillis: timeout });
    this.listen(load('@opentelemetry/api') as Diagnostics);
  }

  /** The exporter calls it a success when a collector rejects records, and only its log says so. */
  private listen({ diag }: Diagnostics): void {
    const quiet = (): void => undefined;
    const warn = (...words: readonly unknown[]): void => {
      for (const word of words) this.partial ??= partialSuccessOf(word);
    };
    const logger = { error: quiet, warn, info: quiet, debug: quiet, verbose: quiet };
    diag.setLogger(logger, { logLevel: WARN });
  }

  take(message: SenderMessage): void {
    if (message.kind === 'end') {
      this.sending = this.sending.then(() => this.end());
      return;
    }
    const { records, resource, at, version } = message;
    this.scope ??= { name: 'tsltrace', version };
    for (let from = 0; from < records.length; from += BATCH) {
      const batch = records.slice(from, from + BATCH);
      this.sending = this.sending.then(() => this.send(batch, resource, at));
    }
  }

  private async send(
    batch: readonly LogRecord[],
    attributesOfAll: Attributes,
    at: number,
  ): Promise<void> {
    // One object for all of them: by it, too, they are put together.
    const resource = { attributes: attributesOfAll };
    const time = [Math.floor(at / 1000), (at % 1000) * 1_000_000];
    const readable = batch.map(({ event, severity, body, attributes }) => ({
      hrTime: time,
      hrTimeObserved: time,
      severityNumber: severity,
      severityText: SEVERITY_TEXTS[severity],
      body,
      eventName: event,
      attributes,
      droppedAttributesCount: 0,
      resource,
      instrumentationScope: this.scope,
    }));
    this.partial = undefined;
    const result = await new Promise<ExportResult>((resolve) => {
      this.exporter.export(readable, resolve);
    });
    if (result.code !== 0) this.fail(batch.length, result.error?.message ?? 'no reason');
    else this.failPart(batch.length);
    Atomics.sub(this.words, WORD.WAITING, batch.length);
  }

  /** @param sent records of the request */
  private failPart(sent: number): void {
    const { partial } = this;
    if (partial === undefined) return;
    const why = partial.why === '' ? 'the collector rejected them' : partial.why;
    this.fail(Math.min(Math.ceil(partial.rejected), sent), why);
  }

  private fail(count: number, why: string): void {
    if (Atomics.add(this.words, WORD.FAILED, count) > 0) return;
    const text = Buffer.from(why).subarray(0, MOST_ERROR_BYTES);
    new Uint8Array(this.start.shared, ERROR_AT).set(text);
    Atomics.store(this.words, WORD.ERROR_BYTES, text.length);
  }

  private end(): void {
    Atomics.store(this.words, WORD.DONE, 1);
    Atomics.notify(this.words, WORD.DONE);
    parentPort?.close();
  }
}

const sender = new Sender(workerData as SenderStart);
parentPort?.on('message', (message: SenderMessage) => sender.take(message));
