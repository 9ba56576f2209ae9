/** Channels of `--debug`. A channel that is off costs one property read at the call. */

/** In the order of the bits of an octal mask (`-D 77`): all six. */
export const DEBUG_CHANNELS = [
  'engine',
  'modules',
  'sites',
  'signals',
  'prototypes',
  'kernel',
] as const;

export type DebugChannel = (typeof DEBUG_CHANNELS)[number];

export interface DebugLog {
  readonly enabled: boolean;
  write(channel: DebugChannel, text: string): void;
}

export const silentLog: DebugLog = { enabled: false, write: () => undefined };
