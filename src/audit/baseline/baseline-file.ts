/** Baselines as files: JSON that a person can read and a repository can keep. */
import { asciiJson } from '../../base/ascii-json.js';
import type { DecidedPlace } from '../findings/fingerprint.js';
import type { Baseline, KnownBlindSpot, KnownFinding } from './known.js';

const FORMAT = 'tsltrace-baseline';
/** Grows when a field changes its meaning or goes away. */
const SCHEMA_VERSION = 1;

export function baselineText(baseline: Baseline): string {
  return `${asciiJson({ format: FORMAT, schema: SCHEMA_VERSION, ...baseline }, 2)}\n`;
}

/** @returns what is wrong with it, in words, when it is no baseline */
export function parseBaseline(text: string): Baseline | string {
  let whole: unknown;
  try {
    whole = JSON.parse(text);
  } catch {
    return 'it is no JSON';
  }
  if (!isRecord(whole) || whole['format'] !== FORMAT) {
    return 'it is no baseline; --save-baseline writes one';
  }
  if (whole['schema'] !== SCHEMA_VERSION) {
    return 'another version of tsltrace wrote it; save it again with --save-baseline';
  }
  const { startedAt } = whole;
  const findings = listOf(whole['findings'], isFinding);
  const blindSpots = listOf(whole['blindSpots'], isBlindSpot);
  if (typeof startedAt !== 'string' || findings === undefined || blindSpots === undefined) {
    return 'parts of it are missing';
  }
  return { startedAt, findings: findings.map((one) => ({ ...NO_SCRIPT, ...one })), blindSpots };
}

function listOf<T>(value: unknown, isOne: (one: unknown) => one is T): readonly T[] | undefined {
  const list: readonly unknown[] | undefined = Array.isArray(value) ? value : undefined;
  return list?.every(isOne) === true ? list : undefined;
}

/** Of baselines from before scripts were told apart. */
const NO_SCRIPT: ScriptPlace = { script: '', function: '' };

const PLACE = [
  'rule',
  'program',
  'module',
  'call',
  'symbol',
] as const satisfies readonly (keyof DecidedPlace)[];

type ScriptPlace = Pick<DecidedPlace, 'script' | 'function'>;
type ReadFinding = Omit<KnownFinding, keyof ScriptPlace> & Partial<ScriptPlace>;

function isFinding(value: unknown): value is ReadFinding {
  if (!isRecord(value) || !PLACE.every((name) => typeof value[name] === 'string')) return false;
  const { decisions, script = '', function: name = '' } = value;
  if (typeof script !== 'string' || typeof name !== 'string') return false;
  return Array.isArray(decisions) && decisions.every((one) => typeof one === 'string');
}

function isBlindSpot(value: unknown): value is KnownBlindSpot {
  return (
    isRecord(value) &&
    (['program', 'module', 'role'] as const).every((name) => typeof value[name] === 'string')
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
