/** Channels of `--debug`. A channel that is off costs one property read at the call. */

export type DebugChannel = 'engine' | 'modules' | 'sites' | 'signals' | 'prototypes' | 'kernel';

export interface DebugLog {
  readonly enabled: boolean;
  write(channel: DebugChannel, text: string): void;
}

export const silentLog: DebugLog = { enabled: false, write: () => undefined };
