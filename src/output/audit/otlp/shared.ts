/** What the thread that sends and the one that traces have between them. */
import type { Attributes, LogRecord } from './records.js';

/** Places in shared memory, 32-bit words. */
export const WORD = {
  /** 1 when all that was handed over was sent or given up. */
  DONE: 0,
  /** Records that wait to be sent. */
  WAITING: 1,
  /** Records that the collector did not take. */
  FAILED: 2,
  /** Bytes of the first error, which stands behind the words. */
  ERROR_BYTES: 3,
} as const;
export const ERROR_AT = 16;
export const MOST_ERROR_BYTES = 1024;
export const SHARED_BYTES = ERROR_AT + MOST_ERROR_BYTES;

export interface SenderStart {
  readonly url: string;
  readonly shared: SharedArrayBuffer;
  /** ms for one request, retries included. */
  readonly timeout: number;
}

export type SenderMessage =
  | {
      readonly kind: 'records';
      /** Of this package. */
      readonly version: string;
      readonly resource: Attributes;
      readonly records: readonly LogRecord[];
      /** ms since 1970. */
      readonly at: number;
    }
  | { readonly kind: 'end' };
