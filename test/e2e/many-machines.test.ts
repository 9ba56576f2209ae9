/** The questions of docs/many-machines.md, as they stand there, over recordings and audits of a thousand runs. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_AUDIT_POLICY } from '../../src/audit/policy/audit-policy.js';
import { verdictOf } from '../../src/audit/verdict.js';
import { toCallId } from '../../src/base/ids.js';
import { reportJson } from '../../src/output/audit/report-json.js';
import { JSON_FORMAT } from '../../src/output/formats.js';
import { makeSinks } from '../../src/output/make-sinks.js';
import type { CallEvent, TraceEvent } from '../../src/trace/event.js';
import type { Value } from '../../src/trace/value.js';
import { inProject } from '../support/project.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { facts, finding, report } from '../unit/output/audit/sample-report.js';
import { args, at, integer, pointer, session, site } from '../unit/output/sample-events.js';

/** What is used of @duckdb/node-api. */
interface DuckDb {
  readonly DuckDBInstance: {
    create(path: string): Promise<{ connect(): Promise<Connection> }>;
  };
}

interface Connection {
  runAndReadAll(
    sql: string,
  ): Promise<{ getRowObjectsJson(): readonly Readonly<Record<string, unknown>>[] }>;
  closeSync(): void;
}

const ENGINE = inProject('node_modules/@duckdb/node-api');
const itHas = skipUnless(existsSync(ENGINE), 'needs the package @duckdb/node-api');
const RUNS = 1000;
const HOSTS = 50;
const CALLS = 40;
const LONG_MS = 240_000;

const folder = mkdtempSync(join(tmpdir(), 'tsltrace-many-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NONE: Value = { kind: 'enumerator', value: 0, name: 'SSL_VERIFY_NONE' };

const identity = (run: number) => ({
  run: `00000000-0000-4000-8000-${`${run}`.padStart(12, '0')}`,
  host: `host-${run % HOSTS}`,
  labels: { release: `${run % 4}` },
});

function eventsOf(run: number): readonly TraceEvent[] {
  const call = (id: number, symbol: string, from: number, values: readonly Value[]): CallEvent => ({
    kind: 'call',
    ...at(100, from),
    call: toCallId(id),
    depth: 0,
    origin: 'call',
    route: 'plt',
    caller: { ...site(), module: run % 10 === 0 ? 'legacy' : 'libcurl.so.4' },
    library: 'libssl.so.3',
    symbol,
    inMainProgram: false,
    args: args(...values),
  });
  const events: TraceEvent[] = [
    { ...session, identity: identity(run), command: [`tool${run % 5}`] },
  ];
  if (run % 10 === 0) events.push(call(1, 'SSL_CTX_set_verify', 500, [pointer(4096), NONE]));
  for (let n = 0; n < CALLS; n++) {
    const read = call(2 + n, 'SSL_read', 1000 * (n + 1), [pointer(4096)]);
    // On one host one call in forty is slow.
    const took = n === CALLS - 1 && run % HOSTS === 7 ? 900_000 : 100 + n;
    const left = at(100, 1000 * (n + 1) + took);
    events.push(read, {
      kind: 'return',
      ...left,
      call: read,
      result: integer(1),
      rawResult: 1,
      outArgs: [],
    });
  }
  return events;
}

function make(): void {
  for (const name of ['runs', 'audits']) mkdirSync(join(folder, name));
  for (let run = 0; run < RUNS; run++) {
    const path = join(folder, 'runs', `${run}.ndjson`);
    const [sink] = makeSinks({
      format: JSON_FORMAT,
      destination: { kind: 'file', path },
      notices: 'hide',
    });
    for (const event of eventsOf(run)) sink?.accept(event);
    sink?.finish();
    const [connection] = report(`tool${run % 5}`).connections;
    const version = run % 20 === 0 ? 'TLS 1.2' : 'TLS 1.3';
    const audit = report(`tool${run % 5}`, {
      identity: identity(run),
      connections: connection === undefined ? [] : [{ ...connection, facts: facts({ version }) }],
      findings: run % 100 === 1 ? [finding('TLS-VERIFY-UNENFORCED', 'x')] : [],
    });
    writeFileSync(
      join(folder, 'audits', `${run}.json`),
      reportJson(audit, verdictOf(audit, DEFAULT_AUDIT_POLICY)),
    );
  }
}

const questions = [
  ...readFileSync(inProject('docs/many-machines.md'), 'utf8').matchAll(
    /^## (.+)\n[^#]*?```sql\n([^`]+)```/gm,
  ),
].map(([, title = '', sql = '']) => ({ title, sql }));

const some = (...rows: readonly unknown[]): unknown => expect.arrayContaining([...rows]);

const ANSWERS: Readonly<Record<string, unknown>> = {
  'p99 by host': some({ host: 'host-7', symbol: 'SSL_read', calls: '800', p99_ns: '900000' }),
  'Who calls SSL_CTX_set_verify with NONE': [
    { module: 'legacy', program: 'tool0', hosts: '5', calls: '100' },
  ],
  'Which programs still negotiate TLS 1.2': [
    { program: '/bin/tool0', hosts: '5', connections: '150' },
  ],
  'Findings by label': [{ release: '1', rule: 'TLS-VERIFY-UNENFORCED', audits: '10' }],
};

describe('docs/many-machines.md', () => {
  it('asks what is answered here', () => {
    expect(questions.map(({ title }) => title)).toEqual(Object.keys(ANSWERS));
  });

  itHas(
    'has questions that DuckDB answers over a thousand recordings',
    async () => {
      make();
      const { DuckDBInstance } = createRequire(__filename)(ENGINE) as DuckDb;
      const connection = await (await DuckDBInstance.create(':memory:')).connect();
      try {
        await connection.runAndReadAll('SET threads = 2');
        const figures: string[] = [];
        for (const { title, sql } of questions) {
          const from = performance.now();
          const here = sql.replace(/'(runs|audits)\//g, `'${folder}/$1/`);
          const rows = (await connection.runAndReadAll(here)).getRowObjectsJson();
          figures.push(`${title}: ${Math.round(performance.now() - from)} ms`);
          expect(rows).toEqual(ANSWERS[title]);
        }
        const bytes = ['runs', 'audits'].map((name) =>
          readdirSync(join(folder, name)).reduce(
            (sum, file) => sum + statSync(join(folder, name, file)).size,
            0,
          ),
        );
        process.stderr.write(
          `${RUNS} recordings, ${bytes.join(' and ')} bytes\n${figures.join('\n')}\n`,
        );
      } finally {
        connection.closeSync();
      }
    },
    LONG_MS,
  );

  it('finds run, host and labels in what is recorded', async () => {
    const path = join(folder, 'own.ndjson');
    const words = ['--host', 'web-1', '--label', 'release=42', '-o', path, '/bin/echo'];
    expect((await runTsltrace(words)).status).toBe(0);
    const [first = ''] = readFileSync(path, 'utf8').split('\n');
    expect(JSON.parse(first)).toMatchObject({ host: 'web-1', labels: { release: '42' } });
    const refused = await runTsltrace(['--read', path, '--label', 'a=b']);
    expect(refused).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^tsltrace: --label is for what is traced now/) as string,
    });
  });
});
