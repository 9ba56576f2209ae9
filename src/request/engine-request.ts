/** What command line and library ask of the engine, and what holds where they ask for nothing. */
import type { EngineOptions } from '../engine/engine-options.js';

/** All that does not depend on who asks, or on prototypes. */
export type EngineRequest = Omit<
  EngineOptions,
  'version' | 'captures' | 'launchedWhenLeft' | 'afterLeaving'
>;

/** The only place with defaults of the engine. */
const NOTHING_BESIDES: Omit<EngineRequest, 'targets' | 'command'> = {
  follow: { kind: 'none' },
  detachLimit: { kind: 'never' },
  calls: [],
  libraries: [],
  functions: [],
  syscalls: { kind: 'none' },
  backtraceFrames: 0,
  scriptOrigin: 'none',
  callerSource: 'none',
  cpuTime: false,
  measureCost: false,
  catching: 'trap',
};

/** Complete: nobody after this invents a default. */
export function engineRequest(
  wanted: Pick<EngineRequest, 'targets' | 'command'> & Partial<EngineRequest>,
): EngineRequest {
  return { ...NOTHING_BESIDES, ...wanted };
}
