/** What an audit has to say, as data: whatever shows or hands on a report is made of it, and nothing else. */
import type { Comparison } from '../baseline/known.js';
import type { RunIdentity } from '../../trace/event.js';
import type { CertificateFacts } from '../wire/certificate.js';
import type { Finding } from '../findings/finding.js';
import type { Allowance, AllowanceUse } from '../policy/allowance.js';
import type { Origin, SettingName, Setting } from '../ledger/setting.js';

/** Of several that are told of together. */
export interface FirstOfSame {
  /** The call that began the first of them, and who made it; absent when that was before we looked. */
  readonly by?: Origin;
}

/** Contexts that have the same settings by the same callers. */
export interface ContextProfile extends FirstOfSame {
  readonly count: number;
  readonly program: string;
  readonly library: string;
  readonly madeBy: string;
  readonly settings: readonly (readonly [SettingName, Setting])[];
  readonly trust: readonly string[];
}

/** Connections of which the same is to be said. */
export interface ConnectionProfile extends FirstOfSame {
  readonly count: number;
  readonly program: string;
  readonly library: string;
  readonly role: 'client' | 'server' | 'unknown';
  readonly facts: ConnectionFacts;
  /** What is not as in the context: set on the connection, or copied before the context changed. */
  readonly settings: readonly (readonly [SettingName, Setting])[];
  readonly peers: readonly string[];
}

/** '' for what was not seen. */
export interface ConnectionFacts {
  readonly version: string;
  readonly suite: string;
  readonly group: string;
  readonly serverName: string;
  readonly protocol: string;
  readonly resumed: 'resumed' | 'full' | '';
  /** The server asked for another group first: HelloRetryRequest. */
  readonly retried: boolean;
  /** Kind and bits of the key in the server's certificate; seen in TLS 1.2 and before. */
  readonly serverKey: string;
  /** The server's chain, its own first; seen in TLS 1.2 and before, absent where it was not. */
  readonly certificates?: readonly CertificateFacts[];
  /** Seen in TLS 1.2 and before. */
  readonly clientCertificate: 'sent' | 'asked for' | '';
  readonly verification: string;
  readonly host: string;
  readonly data: 'moved' | 'none';
  /** Of a client: what it offers. */
  readonly offeredVersions: readonly string[];
  readonly offeredSuites: readonly string[];
  readonly offeredGroups: readonly string[];
  readonly offeredSignatures: readonly string[];
  readonly offeredProtocols: readonly string[];
  readonly alerts: readonly string[];
}

/** TLS on a socket whose library is not known. */
export interface BlindSpot extends FirstOfSame {
  readonly count: number;
  readonly pid: number;
  readonly program: string;
  readonly module: string;
  readonly role: 'client' | 'server' | 'unknown';
  readonly facts: ConnectionFacts;
  readonly peers: readonly string[];
  /** What hints at the library: `Go`, `Java`. */
  readonly hint: string;
  readonly since?: 'new' | 'known';
}

export interface ProgramFacts {
  readonly pid: number;
  readonly path: string;
  readonly how: string;
  /** How it ended; '' while it runs. */
  readonly end: string;
  readonly succeeded: boolean | undefined;
}

export interface AuditCoverage {
  readonly libraries: readonly {
    readonly module: string;
    readonly path: string;
    readonly buildId: string;
    readonly placed: number;
    readonly calls: number;
  }[];
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
  readonly refused: readonly {
    readonly module: string;
    readonly symbol: string;
    readonly reason: string;
  }[];
  readonly notFollowed: readonly string[];
  readonly notes: readonly string[];
}

export interface AuditReport {
  readonly version: string;
  /** When the trace began: `2026-11-30T12:00:00.000Z`; '' for a recording that begins in the middle. */
  readonly startedAt: string;
  /** Which run of which machine; absent in older recordings. */
  readonly identity?: RunIdentity;
  readonly command: readonly string[];
  readonly programs: readonly ProgramFacts[];
  readonly findings: readonly Finding[];
  readonly blindSpots: readonly BlindSpot[];
  readonly contexts: readonly ContextProfile[];
  readonly connections: readonly ConnectionProfile[];
  readonly coverage: AuditCoverage;
  /** What the run was held to. */
  readonly policy: { readonly name: string; readonly source: string; readonly remark: string };
  readonly allowances: readonly (Allowance & { readonly use: AllowanceUse })[];
  /** What the findings were held against, and what is not there any more. */
  readonly baseline?: Comparison;
  /** Kinds of findings that were too many to be kept. */
  readonly dropped: number;
}
