/**
 * The report of an audit as a cryptographic bill of materials, CycloneDX 1.6 (ECMA-424) or 1.7: which program used which
 * algorithms of which library, and where that was seen.
 */
import { createHash } from 'node:crypto';
import { asciiJson } from '../../../base/ascii-json.js';
import type { AuditReport } from '../../../audit/report/report.js';
import type { Verdict } from '../../../audit/verdict.js';
import { escapeName } from '../../text/escape.js';
import {
  algorithmComponent,
  certificateComponent,
  libraryComponent,
  programComponent,
  protocolComponent,
  type CbomVersion,
} from './components.js';
import { dependenciesOf } from './dependencies.js';
import { Inventory } from './inventory.js';

export function cbomText(report: AuditReport, verdict: Verdict, specVersion: CbomVersion): string {
  const inventory = new Inventory(report);
  const { version, startedAt, policy, command } = report;
  const content = {
    version: 1,
    metadata: {
      ...(startedAt !== '' && { timestamp: startedAt }),
      lifecycles: [{ phase: 'operations' }],
      tools: {
        components: [{ type: 'application', name: 'tsltrace', ...(version !== '' && { version }) }],
      },
      component: programComponent(report),
      properties: [
        property('command', command.map(escapeName).join(' ')),
        property('policy', `${policy.name} (${policy.source})`),
        property('verdict', verdict.sentence),
        property('status', `${verdict.status}`),
      ],
    },
    components: [
      ...report.coverage.libraries.map(libraryComponent),
      ...[...inventory.protocols.values()].map(protocolComponent),
      ...[...inventory.algorithms.values()].map((one) => algorithmComponent(one, specVersion)),
      ...[...inventory.certificates.values()].map(certificateComponent),
    ],
    dependencies: dependenciesOf(report, inventory),
    compositions: [composition(report)],
  };
  const serialNumber = uuidOf(JSON.stringify([specVersion, content]));
  const bom = {
    $schema: `http://cyclonedx.org/schema/bom-${specVersion}.schema.json`,
    bomFormat: 'CycloneDX',
    specVersion,
    serialNumber: `urn:uuid:${serialNumber}`,
    ...content,
  };
  return `${asciiJson(bom, 2)}\n`;
}

function property(name: string, value: string): { readonly name: string; readonly value: string } {
  return { name: `tsltrace:${name}`, value };
}

/** The coverage in one word, with its reasons: 'unknown' without any, as one run shows only what it did. */
function composition(report: AuditReport): unknown {
  const gaps = gapsIn(report);
  return {
    aggregate: gaps ? 'incomplete' : 'unknown',
    assemblies: ['program'],
    dependencies: ['program'],
  };
}

/** Was something there that could not be seen? */
function gapsIn({ blindSpots, coverage, programs, dropped }: AuditReport): boolean {
  const { unreadable, refused, notFollowed } = coverage;
  return (
    blindSpots.length + unreadable.length + refused.length + notFollowed.length + dropped > 0 ||
    programs.some(({ how, end }) => how === 'attach' || end === '' || end.startsWith('went on'))
  );
}

/** RFC 9562, version 8: made of the content, so that the same report has the same number. */
function uuidOf(content: string): string {
  const hex = createHash('sha256').update(content).digest('hex');
  const variant = ((parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
