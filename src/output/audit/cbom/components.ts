/** Components of a CBOM: the program, the libraries, protocols and algorithms. */
import type { AuditCoverage, AuditReport } from '../../../audit/report/report.js';
import type { Frame } from '../../../trace/event.js';
import { escapeName } from '../../text/escape.js';
import { framesOf, timesText } from '../finding-words.js';
import type { Algorithm } from './algorithms.js';
import { catalogued, familyOf } from './catalogue.js';
import { algorithmRef, certificateRef, libraryRef, protocolRef } from './references.js';
import {
  isUsed,
  MOST_SIGHTINGS,
  type AlgorithmAsset,
  type CertificateAsset,
  type ProtocolAsset,
  type Sighting,
} from './inventory.js';

export type CbomVersion = '1.6' | '1.7';

type Library = AuditCoverage['libraries'][number];

/** The first of the run stands for all of its processes. */
export function programComponent({ programs, command }: AuditReport): unknown {
  const path = programs[0]?.path ?? command[0] ?? '';
  const name = escapeName(path.slice(path.lastIndexOf('/') + 1));
  return {
    type: 'application',
    'bom-ref': 'program',
    name: name === '' ? 'unknown' : name,
    properties: programs.map((program) => ({
      name: 'tsltrace:process',
      value: `${escapeName(program.path)}, process ${program.pid}, ${program.end === '' ? 'still running' : program.end}`,
    })),
  };
}

export function libraryComponent({ module, path, buildId, placed, calls }: Library): unknown {
  return {
    type: 'library',
    'bom-ref': libraryRef(path),
    name: escapeName(module),
    properties: [
      { name: 'tsltrace:path', value: escapeName(path) },
      ...(buildId === '' ? [] : [{ name: 'tsltrace:build-id', value: escapeName(buildId) }]),
      { name: 'tsltrace:places', value: `${placed}` },
      { name: 'tsltrace:calls', value: `${calls}` },
    ],
    evidence: { identity: [identity('name')], occurrences: [{ location: escapeName(path) }] },
  };
}

export function algorithmComponent(asset: AlgorithmAsset, version: CbomVersion): unknown {
  const { name, primitive, parameterSet, mode, padding, functions, oid } = asset.algorithm;
  return {
    type: 'cryptographic-asset',
    'bom-ref': algorithmRef(name),
    name,
    cryptoProperties: {
      assetType: 'algorithm',
      algorithmProperties: {
        primitive,
        ...(parameterSet !== undefined && { parameterSetIdentifier: parameterSet }),
        ...namedBy(version, asset.algorithm),
        executionEnvironment: 'software-plain-ram',
        ...(mode !== undefined && { mode }),
        ...(padding !== undefined && { padding }),
        cryptoFunctions: functions,
      },
      ...(oid !== undefined && { oid }),
    },
    properties: [useProperty(asset)],
    evidence: evidenceOf(asset.seen),
  };
}

/** 1.7 names families and curves from a list of its own, in place of a curve in words. */
function namedBy(version: CbomVersion, algorithm: Algorithm): object {
  const { curve } = algorithm;
  if (version === '1.6') return curve === undefined ? {} : { curve };
  const family = familyOf(algorithm);
  const ellipticCurve = curve === undefined ? undefined : catalogued(curve);
  return {
    ...(family !== undefined && { algorithmFamily: family }),
    ...(ellipticCurve !== undefined && { ellipticCurve }),
  };
}

export function protocolComponent(asset: ProtocolAsset): unknown {
  const { version, suites, seen } = asset;
  return {
    type: 'cryptographic-asset',
    'bom-ref': protocolRef(version),
    name: version,
    cryptoProperties: {
      assetType: 'protocol',
      protocolProperties: {
        type: /^D?TLS|^SSL/.test(version) ? 'tls' : 'unknown',
        version: version.replace(/^\D+/, ''),
        cipherSuites: [...suites.values()].map(({ name, algorithms }) => ({
          name,
          algorithms: algorithms.map(algorithmRef),
        })),
      },
    },
    properties: [useProperty(asset)],
    evidence: evidenceOf(seen),
  };
}

/** Its backslashes are escapes already, of RFC 2253: `CN=\\<a\\>`. */
function distinguishedName(name: string): string {
  return escapeName(name).replaceAll('\\\\', '\\');
}

export function certificateComponent({ certificate, seen }: CertificateAsset): unknown {
  const { subject, issuer, keyType, keyBits, curve, notBefore, notAfter, fingerprint } =
    certificate;
  const name = distinguishedName(subject);
  return {
    type: 'cryptographic-asset',
    'bom-ref': certificateRef(fingerprint),
    name: name === '' ? fingerprint : name,
    hashes: [{ alg: 'SHA-256', content: fingerprint }],
    cryptoProperties: {
      assetType: 'certificate',
      certificateProperties: {
        ...(name !== '' && { subjectName: name, issuerName: distinguishedName(issuer) }),
        ...(notBefore !== '' && { notValidBefore: notBefore }),
        ...(notAfter !== '' && { notValidAfter: notAfter }),
        certificateFormat: 'X.509',
      },
    },
    properties: [
      { name: 'tsltrace:key', value: `${keyType} ${keyBits ?? curve ?? ''}`.trimEnd() },
      useProperty({ seen }),
    ],
    evidence: evidenceOf(seen),
  };
}

function useProperty(asset: { readonly seen: readonly Sighting[] }): unknown {
  return { name: 'tsltrace:use', value: isUsed(asset) ? 'used' : 'offered' };
}

const identity = (field: string): unknown => ({
  field,
  confidence: 1,
  methods: [
    { technique: 'dynamic-analysis', confidence: 1, value: 'seen in calls and handshakes' },
  ],
});

/** Deeper stacks are cut. */
const MOST_FRAMES = 64;

function evidenceOf(seen: readonly Sighting[]): unknown {
  // What was used says more than what was offered.
  const ordered = [...seen].sort((left, right) => rank(left) - rank(right));
  const frames = ordered.map(({ by }) => framesOf(by)).find(({ length }) => length > 0);
  return {
    identity: [identity('name')],
    occurrences: ordered.slice(0, MOST_SIGHTINGS).map(occurrence),
    ...(frames !== undefined && {
      callstack: { frames: frames.slice(0, MOST_FRAMES).map(frameOf) },
    }),
  };
}

const rank = ({ use }: Sighting): number => (use === 'used' ? 0 : 1);

function occurrence({ use, count, program, library, role, by }: Sighting): unknown {
  const offset = by === undefined ? undefined : Number(by.offset);
  const context = `${use} ${timesText(count)} by ${library} as ${role} in ${program}`;
  return {
    location: escapeName(by === undefined || by.module === '' ? library || program : by.module),
    ...(offset !== undefined && Number.isSafeInteger(offset) && offset >= 0 && { offset }),
    ...(by !== undefined && { symbol: escapeName(by.symbol?.name ?? by.what) }),
    additionalContext: escapeName(by === undefined ? context : `${context}; first by ${by.what}`),
  };
}

function frameOf(frame: Frame): unknown {
  if (frame.language !== undefined) {
    const { language, function: name, file, line } = frame;
    return { module: language, function: escapeName(name), fullFilename: escapeName(file), line };
  }
  const { module, symbol, source } = frame;
  return {
    module: escapeName(module === '' ? '[anon]' : module),
    ...(symbol !== undefined && { function: escapeName(symbol.name) }),
    ...(source !== undefined && {
      fullFilename: escapeName(source.file),
      line: source.line,
      column: source.column,
    }),
  };
}
