/** What an earlier audit found, as data. */
import type { DecidedPlace } from '../findings/fingerprint.js';

export interface Baseline {
  /** When its trace began, ISO 8601; '' if not known. */
  readonly startedAt: string;
  readonly findings: readonly KnownFinding[];
  readonly blindSpots: readonly KnownBlindSpot[];
}

/** All findings of one rule that the same place decided. */
export interface KnownFinding extends DecidedPlace {
  /** What it decided, and what came of it: sorted, each once. */
  readonly decisions: readonly string[];
}

export interface KnownBlindSpot {
  readonly program: string;
  readonly module: string;
  readonly role: string;
}

/** A baseline beside the run that was held against it. */
export interface Comparison {
  /** As the user named it. */
  readonly file: string;
  readonly startedAt: string;
  readonly gone: readonly KnownFinding[];
  readonly goneBlindSpots: readonly KnownBlindSpot[];
}
