/** What is read of each call, by the prototypes that a request names. */
import type { DebugLog } from '../base/debug-log.js';
import type { CaptureRequest, CaptureSource } from '../engine/engine-options.js';
import { OutcomeCaptures, PrototypeCaptures } from '../lens/prototype-captures.js';
import type { CaptureLimits } from '../lens/stopped-call.js';
import { HandshakeCaptures } from '../lens/tls/handshake-captures.js';
import type { PrototypeLibrary } from '../prototype/prototype-library.js';

/** All arguments, only whether the call failed, or arguments and the messages of TLS handshakes. */
export type Reads = 'arguments' | 'outcomes' | 'handshakes';

export interface CaptureParts {
  readonly library: PrototypeLibrary;
  readonly limits: CaptureLimits;
  readonly log?: DebugLog;
}

export function capturesFor(reads: Reads, parts: CaptureParts): CaptureSource {
  const { library, limits } = parts;
  if (reads === 'outcomes') return new OutcomeCaptures<CaptureRequest>(library, limits);
  const captures = prototypeCaptures(parts);
  return reads === 'handshakes' ? new HandshakeCaptures(captures) : captures;
}

export function prototypeCaptures({
  library,
  limits,
  log,
}: CaptureParts): PrototypeCaptures<CaptureRequest> {
  return new PrototypeCaptures<CaptureRequest>(
    library,
    limits,
    (wanted) => wanted.fromDebugInformation(),
    log,
  );
}
