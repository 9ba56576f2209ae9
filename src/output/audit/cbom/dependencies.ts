/** Who depends on what: a program on what it used; a library provides what it offered. */
import type { AuditReport } from '../../../audit/report/report.js';
import { isUsed, type Inventory, type Sighting } from './inventory.js';
import { algorithmRef, certificateRef, libraryRef, protocolRef } from './references.js';

interface Seen {
  readonly ref: string;
  readonly seen: readonly Sighting[];
}

export function dependenciesOf(
  { coverage }: AuditReport,
  inventory: Inventory,
): readonly unknown[] {
  const protocols = [...inventory.protocols.values()];
  const assets: readonly Seen[] = [
    ...protocols.map(({ version, seen }) => ({ ref: protocolRef(version), seen })),
    ...[...inventory.algorithms.values()].map(({ algorithm, seen }) => ({
      ref: algorithmRef(algorithm.name),
      seen,
    })),
  ];
  // No library provides them: they came from the other side, or from a file.
  const certificates = [...inventory.certificates.keys()].map(certificateRef);
  const used = assets.filter(isUsed).map(({ ref }) => ref);
  const called = coverage.libraries.filter(({ calls }) => calls > 0);
  return [
    {
      ref: 'program',
      dependsOn: unique([...called.map(({ path }) => libraryRef(path)), ...used, ...certificates]),
    },
    ...coverage.libraries.map(({ module, path }) => ({
      ref: libraryRef(path),
      provides: assets
        .filter(({ seen }) => seen.some(({ library }) => library === module))
        .map(({ ref }) => ref),
    })),
    ...protocols.map(({ version, suites }) => ({
      ref: protocolRef(version),
      dependsOn: unique(
        [...suites.values()].flatMap(({ algorithms }) => algorithms.map(algorithmRef)),
      ),
    })),
  ];
}

function unique(refs: readonly string[]): readonly string[] {
  return [...new Set(refs)];
}
