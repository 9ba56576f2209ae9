/** The thread that sends: what it is handed becomes records of the official packages, some hundred in a request. */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
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

type ExporterClass = new (options: { url: string; timeoutMillis: number }) => Exporter;

class Sender {
  private readonly words: Int32Array;
  private readonly exporter: Exporter;
  /** The same object for all: records are put together by it. */
  private scope: object | undefined;
  private sending: Promise<void> = Promise.resolve();

  constructor(private readonly start: SenderStart) {
    const { url, shared, timeout } = start;
    this.words = new Int32Array(shared, 0, ERROR_AT / 4);
    const { OTLPLogExporter } = createRequire(__filename)(
      '@opentelemetry/exporter-logs-otlp-http',
    ) as { readonly OTLPLogExporter: ExporterClass };
    this.exporter = new OTLPLogExporter({ url, timeoutMillis: timeout });
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
    const result = await new Promise<ExportResult>((resolve) => {
      this.exporter.export(readable, resolve);
    });
    if (result.code !== 0) this.fail(batch.length, result.error);
    Atomics.sub(this.words, WORD.WAITING, batch.length);
  }

  private fail(count: number, error: Error | undefined): void {
    if (Atomics.add(this.words, WORD.FAILED, count) > 0) return;
    const text = Buffer.from(error?.message ?? 'no reason').subarray(0, MOST_ERROR_BYTES);
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
