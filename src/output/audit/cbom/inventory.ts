/** Everything cryptographic that an audit saw, each thing once, with where it was seen. */
import type { CertificateFacts } from '../../../audit/wire/certificate.js';
import type { Origin } from '../../../audit/ledger/setting.js';
import type {
  AuditReport,
  BlindSpot,
  ConnectionFacts,
  ConnectionProfile,
} from '../../../audit/report/report.js';
import {
  algorithmOfGroup,
  algorithmOfSignature,
  algorithmsOfSuite,
  type Algorithm,
} from './algorithms.js';

/** 'used': negotiated. 'offered': the library has it, and nothing shows that it was used. */
export type Use = 'used' | 'offered';

export interface Sighting {
  readonly use: Use;
  readonly count: number;
  readonly program: string;
  readonly library: string;
  readonly role: string;
  readonly by?: Origin;
}

export interface AlgorithmAsset {
  readonly algorithm: Algorithm;
  readonly seen: Sighting[];
}

export interface SuiteAsset {
  readonly name: string;
  readonly algorithms: readonly string[];
}

export interface ProtocolAsset {
  /** As handshakes have it: `TLS 1.3`. */
  readonly version: string;
  readonly suites: Map<string, SuiteAsset>;
  readonly seen: Sighting[];
}

export interface CertificateAsset {
  readonly certificate: CertificateFacts;
  readonly seen: Sighting[];
}

type Seen = (ConnectionProfile | BlindSpot) & { readonly library: string };

/** Occurrences of one thing that are listed; what is more is counted in the last. */
export const MOST_SIGHTINGS = 100;

/** Of a program that speaks to more servers than these the first are listed. */
const MOST_CERTIFICATES = 5000;

export class Inventory {
  readonly algorithms = new Map<string, AlgorithmAsset>();
  readonly protocols = new Map<string, ProtocolAsset>();
  /** By fingerprint. */
  readonly certificates = new Map<string, CertificateAsset>();

  constructor({ connections, blindSpots }: AuditReport) {
    for (const one of connections) this.add(one);
    for (const one of blindSpots) this.add({ ...one, library: one.module });
  }

  private add(one: Seen): void {
    const { facts } = one;
    this.addOffers(one, facts);
    this.addCertificates(one, facts);
    if (facts.version === '') return;
    const used = sighting(one, 'used');
    const chosen = [...algorithmsOfSuite(facts.suite), algorithmOfGroup(facts.group)];
    const names = this.addAlgorithms(chosen, used);
    const protocol = this.protocol(facts.version);
    note(protocol.seen, used);
    if (facts.suite !== '')
      protocol.suites.set(facts.suite, { name: facts.suite, algorithms: names });
  }

  private addOffers(one: Seen, facts: ConnectionFacts): void {
    const offered = sighting(one, 'offered');
    this.addAlgorithms(
      [
        ...facts.offeredSuites.flatMap(algorithmsOfSuite),
        ...facts.offeredGroups.map(algorithmOfGroup),
        ...facts.offeredSignatures.map(algorithmOfSignature),
      ],
      offered,
    );
    for (const version of facts.offeredVersions) note(this.protocol(version).seen, offered);
  }

  private addCertificates(one: Seen, { certificates = [] }: ConnectionFacts): void {
    const used = sighting(one, 'used');
    for (const certificate of certificates) {
      const known = this.certificates.get(certificate.fingerprint);
      if (known !== undefined) note(known.seen, used);
      else if (this.certificates.size < MOST_CERTIFICATES) {
        this.certificates.set(certificate.fingerprint, { certificate, seen: [used] });
      }
    }
  }

  private addAlgorithms(
    algorithms: readonly (Algorithm | undefined)[],
    seen: Sighting,
  ): readonly string[] {
    const names = new Set<string>();
    for (const algorithm of algorithms) {
      if (algorithm === undefined) continue;
      const known = this.algorithms.get(algorithm.name);
      if (known === undefined) this.algorithms.set(algorithm.name, { algorithm, seen: [seen] });
      else note(known.seen, seen);
      names.add(algorithm.name);
    }
    return [...names];
  }

  private protocol(version: string): ProtocolAsset {
    const known = this.protocols.get(version);
    if (known !== undefined) return known;
    const made = { version, suites: new Map<string, SuiteAsset>(), seen: [] };
    this.protocols.set(version, made);
    return made;
  }
}

function sighting({ count, program, library, role, by }: Seen, use: Use): Sighting {
  return { use, count, program, library, role, ...(by !== undefined && { by }) };
}

/** One offer names an algorithm in many suites. */
function note(seen: Sighting[], one: Sighting): void {
  if (seen.at(-1) !== one && seen.length < MOST_SIGHTINGS) seen.push(one);
}

export function isUsed({ seen }: { readonly seen: readonly Sighting[] }): boolean {
  return seen.some(({ use }) => use === 'used');
}
