/** What a collector did not take of a request that it answered with success: "Partial Success" of the OTLP specification. */

export interface PartialSuccess {
  readonly rejected: number;
  /** In the collector's words; '' where it gave none. */
  readonly why: string;
}

/**
 * @param answer ExportLogsPartialSuccess as JSON, where 64-bit numbers are strings
 * @returns undefined where nothing was rejected, or it is something else
 */
export function partialSuccessOf(answer: unknown): PartialSuccess | undefined {
  if (typeof answer !== 'string') return undefined;
  let read: unknown;
  try {
    read = JSON.parse(answer);
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null) return undefined;
  const { rejectedLogRecords, errorMessage } = read as Readonly<Record<string, unknown>>;
  const rejected = Number(rejectedLogRecords ?? 0);
  if (!(rejected > 0)) return undefined;
  return { rejected, why: typeof errorMessage === 'string' ? errorMessage : '' };
}
