/** The official schemas of the formats in which an audit is handed on: what is wrong with a document. */
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { inProject } from './project.js';

function schema(name: string): Record<string, unknown> {
  const text = readFileSync(inProject(`test/schemas/${name}`), 'utf8');
  return JSON.parse(text) as Record<string, unknown>;
}

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
/** RFC 3986: what may stand in a reference at all; a `:` in the first part makes it a scheme. */
const URI_REFERENCE =
  /^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/;
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/;

function newAjv(): Ajv {
  // Patterns of SARIF's schema are none with the flag u.
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  ajv.addFormat('date-time', DATE_TIME);
  ajv.addFormat('date', /^\d{4}-\d\d-\d\d$/);
  ajv.addFormat('uri', URI);
  ajv.addFormat('uri-reference', URI_REFERENCE);
  ajv.addFormat('iri-reference', URI_REFERENCE);
  ajv.addFormat('idn-email', /@/);
  return ajv;
}

const DRAFT_7 = 'http://json-schema.org/draft-07/schema#';

/** By the names that the schema of the whole gives them. */
const PARTS = [
  ['cyclonedx-spdx.json', 'spdx.SNAPSHOT.schema.json'],
  ['jsf-0.82.json', 'jsf-0.82.SNAPSHOT.schema.json'],
  ['cyclonedx-cryptography-defs.json', 'cryptography-defs.SNAPSHOT.schema.json'],
] as const;

let sarif: ValidateFunction | undefined;
const cboms = new Map<string, ValidateFunction>();

/** Empty when all is well. */
export function sarifMistakes(document: unknown): readonly string[] {
  if (sarif === undefined) {
    // Of draft 4 it uses nothing that draft 7 writes otherwise, but for its own name.
    const { id, ...rest } = schema('sarif-2.1.0.json');
    sarif = newAjv().compile({ ...rest, $id: String(id), $schema: DRAFT_7 });
  }
  return mistakes(sarif, document);
}

/** Empty when all is well; also says which references lead nowhere or are there twice. */
export function cbomMistakes(document: unknown): readonly string[] {
  const { specVersion } = document as { readonly specVersion: '1.6' | '1.7' };
  let cbom = cboms.get(specVersion);
  if (cbom === undefined) {
    const ajv = newAjv();
    for (const [file, id] of PARTS) {
      ajv.addSchema({ ...schema(file), $id: `http://cyclonedx.org/schema/${id}` });
    }
    cbom = ajv.compile(schema(`cyclonedx-bom-${specVersion}.json`));
    cboms.set(specVersion, cbom);
  }
  return [...mistakes(cbom, document), ...lostReferences(document)];
}

function mistakes(validate: ValidateFunction, document: unknown): readonly string[] {
  if (validate(document)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message = '' }) => `${instancePath} ${message}`,
  );
}

interface Bom {
  readonly metadata: { readonly component: { readonly 'bom-ref': string } };
  readonly components: readonly {
    readonly 'bom-ref': string;
    readonly cryptoProperties?: {
      readonly protocolProperties?: {
        readonly cipherSuites: readonly { readonly algorithms: readonly string[] }[];
      };
    };
  }[];
  readonly dependencies: readonly {
    readonly ref: string;
    readonly dependsOn?: readonly string[];
    readonly provides?: readonly string[];
  }[];
}

/** What no schema can say. */
function lostReferences(document: unknown): readonly string[] {
  const { metadata, components, dependencies } = document as Bom;
  const refs = [metadata.component['bom-ref'], ...components.map((one) => one['bom-ref'])];
  const meant = [
    ...dependencies.flatMap(({ ref, dependsOn = [], provides = [] }) => [
      ref,
      ...dependsOn,
      ...provides,
    ]),
    ...components.flatMap(
      ({ cryptoProperties }) =>
        cryptoProperties?.protocolProperties?.cipherSuites.flatMap((suite) => suite.algorithms) ??
        [],
    ),
  ];
  return [
    ...refs
      .filter((ref, index) => refs.indexOf(ref) !== index)
      .map((ref) => `${ref} is there twice`),
    ...meant.filter((ref) => !refs.includes(ref)).map((ref) => `${ref} leads nowhere`),
  ];
}
