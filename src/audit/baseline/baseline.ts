/** Makes a baseline of a report, without what differs in every run, and holds another report against it. */
import type { Finding } from '../findings/finding.js';
import { decisionText, placeOf, type DecidedPlace } from '../findings/fingerprint.js';
import type { Baseline, KnownBlindSpot, KnownFinding } from './known.js';
import type { AuditReport, BlindSpot } from '../report/report.js';

export function baselineOf({ startedAt, findings, blindSpots }: AuditReport): Baseline {
  const places = new Map<string, KnownFinding>();
  for (const { first } of findings) {
    const place = placeOf(first);
    const decisions = places.get(keyOf(place))?.decisions ?? [];
    const all = new Set([...decisions, decisionText(first)]);
    places.set(keyOf(place), { ...place, decisions: [...all].sort() });
  }
  const spots = new Map(blindSpots.map(knownSpot).map((spot) => [JSON.stringify(spot), spot]));
  return { startedAt, findings: sorted(places), blindSpots: sorted(spots) };
}

/** The order of findings says nothing: the same findings make the same file. */
function sorted<T>(found: ReadonlyMap<string, T>): readonly T[] {
  return [...found].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, one]) => one);
}

/** The report with what each finding is to the baseline. */
export function heldAgainst(report: AuditReport, file: string, before: Baseline): AuditReport {
  const now = baselineOf(report);
  const known = new Map(before.findings.map((one) => [keyOf(one), new Set(one.decisions)]));
  const spots = new Set(before.blindSpots.map((spot) => JSON.stringify(spot)));
  const places = new Set(now.findings.map(keyOf));
  const spotsNow = new Set(now.blindSpots.map((spot) => JSON.stringify(spot)));
  return {
    ...report,
    findings: report.findings.map((finding) => ({ ...finding, since: sinceOf(finding, known) })),
    blindSpots: report.blindSpots.map((spot) => ({
      ...spot,
      since: spots.has(JSON.stringify(knownSpot(spot))) ? ('known' as const) : ('new' as const),
    })),
    baseline: {
      file,
      startedAt: before.startedAt,
      gone: before.findings.filter((one) => !places.has(keyOf(one))),
      goneBlindSpots: before.blindSpots.filter((spot) => !spotsNow.has(JSON.stringify(spot))),
    },
  };
}

function sinceOf(
  { first }: Finding,
  known: ReadonlyMap<string, ReadonlySet<string>>,
): NonNullable<Finding['since']> {
  const decisions = known.get(keyOf(placeOf(first)));
  if (decisions === undefined) return 'new';
  return decisions.has(decisionText(first)) ? 'known' : 'changed';
}

function keyOf(place: DecidedPlace): string {
  const { rule, program, module, call, symbol } = place;
  return JSON.stringify([rule, program, module, call, symbol, place.script, place.function]);
}

function knownSpot({ program, module, role }: BlindSpot): KnownBlindSpot {
  return { program: program.slice(program.lastIndexOf('/') + 1), module, role };
}
