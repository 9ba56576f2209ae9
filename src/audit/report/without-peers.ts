/** A report without the names and addresses of other hosts: whom somebody speaks to is personal data. */
import type { AuditReport, ConnectionFacts, FirstOfSame } from './report.js';

const HIDDEN = 'redacted';

/** Host names also stand in settings, and in what was called. */
export function withoutPeers(report: AuditReport): AuditReport {
  const { findings, blindSpots, contexts, connections } = report;
  const names = namesIn(report);
  const clean = (text: string): string =>
    names.reduce((cleaned, name) => cleaned.replaceAll(name, HIDDEN), text);
  return {
    ...report,
    command: report.command.map(clean),
    findings: findings.map((finding) => {
      const { first, peers } = finding;
      const origin = first.origin && { ...first.origin, what: clean(first.origin.what) };
      const peer = first.peer && HIDDEN;
      const evidence = first.evidence.map(clean);
      return { ...finding, peers: hidden(peers), first: { ...first, origin, peer, evidence } };
    }),
    blindSpots: blindSpots.map((one) => ({
      ...one,
      ...cleanBy(one, clean),
      peers: hidden(one.peers),
      facts: withoutNames(one.facts, clean),
    })),
    connections: connections.map((one) => ({
      ...one,
      ...cleanBy(one, clean),
      peers: hidden(one.peers),
      facts: withoutNames(one.facts, clean),
    })),
    contexts: contexts.map((one) => ({
      ...one,
      ...cleanBy(one, clean),
      settings: one.settings.map(
        ([name, setting]) => [name, { ...setting, value: clean(setting.value) }] as const,
      ),
    })),
  };
}

/** The longest first: one may be part of another. */
function namesIn({ connections, blindSpots }: AuditReport): readonly string[] {
  const names = [...connections, ...blindSpots].flatMap(({ facts, peers }) => [
    facts.serverName,
    ...peers.flatMap((peer) => [peer, peer.replace(/:\d+$/, '')]),
  ]);
  return [...new Set(names)]
    .filter((name) => name !== '')
    .sort((left, right) => right.length - left.length);
}

function cleanBy({ by }: FirstOfSame, clean: (text: string) => string): FirstOfSame {
  return by === undefined ? {} : { by: { ...by, what: clean(by.what) } };
}

const hidden = (peers: readonly string[]): readonly string[] =>
  peers.length === 0 ? [] : [HIDDEN];

function withoutNames(facts: ConnectionFacts, clean: (text: string) => string): ConnectionFacts {
  return {
    ...facts,
    // Whom they are of, and who signed that, stands in all of them.
    ...(facts.certificates !== undefined && { certificates: [] }),
    serverName: facts.serverName === '' ? '' : HIDDEN,
    host: clean(facts.host),
  };
}
