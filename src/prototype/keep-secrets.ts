/**
 * Keeps secret what our own prototypes call so, when a file of the user or of the system describes the function: files that
 * were written for ltrace know no secrets.
 */
import { withLens } from './lensed-type.js';
import { formatOf } from './format-of.js';
import type { LensedType, LensSpec, Parameter, Prototype } from './prototype.js';

/** Where a function has secrets, whatever variant of it is called. */
interface Secrets {
  /** By place, with their names. */
  readonly parameters: ReadonlyMap<number, string | undefined>;
  /** From this place on nobody knows what comes; Infinity for functions that take what they declare. */
  readonly describedBySecretFormat: number;
  readonly inResult: boolean;
  /** By place: URLs, which may hold passwords. */
  readonly urls: ReadonlySet<number>;
}

/** @param ours what we know of the same function; undefined when that is nothing */
export function keepSecrets(theirs: Prototype, ours: Prototype | undefined): Prototype {
  const secrets = ours && secretsOf(ours);
  return secrets === undefined ? theirs : guarded(theirs, secrets);
}

function guarded(theirs: Prototype, secrets: Secrets): Prototype {
  const { parameters, result, variants } = theirs;
  return {
    ...theirs,
    result: secrets.inResult ? asSecret(result) : result,
    parameters: parameters.map((each, index) => guardedParameter(each, index, secrets)),
    variants: variants.map((variant) => ({
      condition: variant.condition,
      get prototype() {
        return guarded(variant.prototype, secrets);
      },
    })),
  };
}

function guardedParameter(theirs: Parameter, index: number, secrets: Secrets): Parameter {
  const isSecret = secrets.parameters.has(index) || index > secrets.describedBySecretFormat;
  if (!isSecret) return secrets.urls.has(index) ? { ...theirs, type: asUrl(theirs.type) } : theirs;
  const name = theirs.name ?? secrets.parameters.get(index);
  return { ...theirs, ...(name === undefined ? {} : { name }), type: asSecret(theirs.type) };
}

function asSecret(type: LensedType): LensedType {
  return hasSecret(type) ? type : withLens({ kind: 'secret' }, type);
}

function asUrl(type: LensedType): LensedType {
  return hasLens('url', type) ? type : withLens({ kind: 'url' }, type);
}

function secretsOf(ours: Prototype): Secrets | undefined {
  const all = [ours, ...ours.variants.map(({ prototype }) => prototype)];
  const parameters = new Map<number, string | undefined>();
  const urls = new Set<number>();
  for (const { parameters: each } of all) {
    for (const [index, { name, type }] of each.entries()) {
      if (hasLens('url', type)) urls.add(index);
      if (hasSecret(type)) parameters.set(index, parameters.get(index) ?? name);
    }
  }
  const inResult = all.some(({ result }) => hasSecret(result));
  const format = ours.parameters.findIndex(({ type }) => formatOf(type)?.describes === 'secrets');
  const describedBySecretFormat = format === -1 ? Infinity : format;
  return inResult || parameters.size > 0 || urls.size > 0
    ? { parameters, describedBySecretFormat, inResult, urls }
    : undefined;
}

const hasSecret = (type: LensedType): boolean => hasLens('secret', type);

function hasLens(kind: LensSpec['kind'], type: LensedType, seen = new Set<LensedType>()): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  switch (type.kind) {
    case 'scalar':
    case 'function':
      return false;
    case 'pointer':
      return hasLens(kind, type.target, seen);
    case 'array':
      return hasLens(kind, type.element, seen);
    case 'struct':
    case 'union':
      return type.fields.some((field) => hasLens(kind, field.type, seen));
    case 'lens':
      return type.lens.kind === kind || hasLens(kind, type.of, seen);
  }
}
