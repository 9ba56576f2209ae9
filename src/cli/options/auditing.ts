/** Options of `--audit`: what the calls mean, in place of the calls. */
import type { OptionDeclaration } from './declaration.js';
import { FILE, FLAG, TEXT } from './declaration.js';

const group = 'Auditing';

export const AUDITING_OPTIONS = [
  {
    name: 'audit',
    group,
    value: FLAG,
    brief: 'which TLS it does, who decided so, may it pass',
    description:
      'Look at TLS alone, children included, and report at the end which contexts and connections there were, with which settings by whom, what was negotiated, and what is wrong. Exit status 0 without findings, 120 with, 121 for TLS that could not be looked into, 122 when the program failed.',
  },
  {
    name: 'audit-format',
    group,
    value: {
      kind: 'choice',
      choices: ['text', 'json', 'sarif', 'cbom', 'cbom-1.7', 'junit', 'github', 'html'],
    },
    argument: 'FMT',
    brief: 'text, json, sarif, cbom, cbom-1.7, junit, github or html',
    description:
      'How the report of `--audit` is written: `text`, `json`, `sarif` (SARIF 2.1.0, for code scanning), `cbom` (a bill of materials of cryptography, CycloneDX 1.6), `cbom-1.7` (the same in CycloneDX 1.7), `junit` (JUnit XML), `github` (annotations of a workflow), `html` (one file for a browser).',
  },
  {
    name: 'live',
    group,
    value: FLAG,
    brief: 'a line for each finding when it is met',
    description:
      'Write a line for each finding of `--audit` when it is first met, before the report, for a server that does not end. SIGUSR1 sent to tsltrace writes the report of all that was seen so far.',
  },
  {
    name: 'anchor',
    group,
    value: FILE,
    argument: 'FILE',
    brief: 'where findings without a source line stand',
    description:
      'The file that `sarif` and `github` point to where neither a line of source nor a script is known; by default the program.',
  },
  {
    name: 'policy',
    group,
    value: { kind: 'text', completes: 'file' },
    argument: 'POLICY',
    brief: 'what is allowed: a preset, or a file',
    description:
      'What `--audit` holds connections to: `basic` (the default), `mozilla-modern-5.7`, `mozilla-intermediate-5.7`, `mozilla-modern-5.8`, `mozilla-intermediate-5.8`, `mozilla-intermediate-6.0`, `fedora-future`, `fips-shaped`, `bsi-tr-02102-2`, `pqc`, `system`, or a file in YAML or JSON (docs/audit.md).',
  },
  {
    name: 'deny',
    group,
    value: TEXT,
    argument: 'RULE|FILTER',
    repeatable: true,
    brief: 'notes of this rule, or such calls, fail the audit',
    description:
      'Let findings of this rule fail the audit also where they are but notes; or let every call fail it that fits FILTER, written as for `-e`: `--deny EVP_rc4`. What OpenSSL calls of itself does not count.',
  },
  {
    name: 'expect',
    group,
    value: TEXT,
    argument: 'FILTER',
    repeatable: true,
    brief: 'fail the audit unless such a call was made',
    description:
      'Fail the audit unless a call was made that fits FILTER, written as for `-e`: `--expect SSL_set1_host`.',
  },
  {
    name: 'allow',
    group,
    value: TEXT,
    argument: 'RULE[@MODULE]',
    repeatable: true,
    brief: 'let findings of this rule pass; with --because',
    description:
      'Let findings of this rule pass, everywhere or where this module decided. Each needs a `--because` behind it, and may have an `--until`.',
  },
  {
    name: 'because',
    group,
    value: TEXT,
    argument: 'TEXT',
    repeatable: true,
    brief: 'why the --allow before it is right',
    description: 'The reason of the `--allow` before it; it stands in the report.',
  },
  {
    name: 'until',
    group,
    value: TEXT,
    argument: 'DAY',
    repeatable: true,
    brief: 'last day of the --allow before it: 2027-01-31',
    description: 'The last day on which the `--allow` before it holds.',
  },
  {
    name: 'redact-peers',
    group,
    value: FLAG,
    brief: 'no names and addresses of other hosts',
    description: 'Leave out of the report of `--audit` whom the program spoke to.',
  },
  {
    name: 'blind',
    group,
    value: { kind: 'choice', choices: ['fail', 'warn'] },
    argument: 'WHAT',
    brief: 'TLS that cannot be looked into: fail or warn',
    description:
      'Whether `--audit` ends with status 121 when TLS was spoken by a library whose calls cannot be seen.',
  },
  {
    name: 'otlp',
    group,
    value: TEXT,
    argument: 'URL',
    brief: 'hand findings to an OpenTelemetry collector',
    description:
      'Hand the findings and connections of `--audit` to an OpenTelemetry collector, as log records by OTLP over HTTP (JSON). `http://localhost:4318` means its `/v1/logs`. Headers are taken from OTEL_EXPORTER_OTLP_HEADERS.',
  },
  {
    name: 'save-baseline',
    group,
    value: FILE,
    argument: 'FILE',
    brief: 'write what is found now, for --baseline',
    description:
      'Write the findings and blind spots of `--audit` into FILE, without what differs in every run (addresses, processes, peers, order), for `--baseline`.',
  },
  {
    name: 'baseline',
    group,
    value: FILE,
    argument: 'FILE',
    brief: 'what is known passes; 123 for what is new',
    description:
      'Hold the findings of `--audit` against FILE, which `--save-baseline` wrote: what is known passes, what is new or decided otherwise ends with status 123, what is gone is said.',
  },
  {
    name: 'record',
    group,
    value: FILE,
    argument: 'FILE',
    brief: 'a recording beside the report, for --audit --read',
    description:
      'Write what `--audit` saw into a recording too, from which `--audit --read FILE` makes the same report.',
  },
  {
    name: 'host',
    group,
    value: TEXT,
    argument: 'NAME',
    brief: 'name of this machine in recordings',
    description: 'What recordings and audits call this machine; by default its host name.',
  },
  {
    name: 'label',
    group,
    value: TEXT,
    argument: 'KEY=VALUE',
    repeatable: true,
    brief: 'say more of this run in recordings',
    description:
      'Put KEY and VALUE into recordings and audits, to tell runs apart when many are asked together: `--label release=42`. See docs/many-machines.md.',
  },
] as const satisfies readonly OptionDeclaration[];
