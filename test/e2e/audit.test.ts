/** The audit on programs that people run: what it finds, who decided so, how it ends; and what it does not find. */
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createHttpServer } from 'node:http';
import { buildProgram } from '../support/build-programs.js';
import { freePort } from '../support/free-port.js';
import { sleep } from '../support/processes.js';
import { inProject } from '../support/project.js';
import { cbomMistakes, sarifMistakes } from '../support/report-schemas.js';
import {
  runProgram,
  runTsltrace,
  startTsltrace,
  type RunOptions,
} from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { dtlsClientHello, quicInitial } from '../support/tls-records.js';
import {
  makeCertificates,
  withTlsServer,
  type Certificates,
  type KeyPair,
} from '../support/tls-servers.js';
import {
  debianPython,
  gccCan,
  hasPythonModule,
  hasTool,
  needs,
  type Tool,
} from '../support/toolchain.js';

const python = debianPython() ?? '';
const itHas = (tool: Tool): ReturnType<typeof skipUnless> =>
  skipUnless(python !== '' && hasTool(tool), needs(tool));
const itHasPython = skipUnless(
  python !== '' && hasPythonModule('ssl'),
  'needs /usr/bin/python3 (Debian package python3)',
);
const itHasRequests = skipUnless(
  hasPythonModule('requests'),
  'needs requests for /usr/bin/python3 (Debian package python3-requests)',
);

interface Report {
  readonly verdict: { readonly status: number };
  readonly findings: readonly {
    readonly rule: string;
    readonly count: number;
    readonly first: {
      readonly origin?: {
        readonly module: string;
        readonly what: string;
        readonly asked?: {
          readonly file: string;
          readonly function: string;
          readonly line: number;
        };
      };
    };
  }[];
  readonly blindSpots: readonly Readonly<Record<string, unknown>>[];
  readonly connections: readonly {
    readonly count: number;
    readonly facts: Readonly<Record<string, unknown>>;
  }[];
}

const LONG_MS = 120_000;

let folder = '';
let certificates: Certificates;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsltrace-audit-'));
  certificates = makeCertificates(folder);
}, LONG_MS);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A file for OPENSSL_CONF that sets these for every program. */
function systemConfiguration(...lines: readonly string[]): Record<string, string> {
  const path = join(folder, `openssl-${lines.join('-').replace(/\W/g, '')}.cnf`);
  const sections = ['openssl_conf = all', '[all]', 'ssl_conf = ssl', '[ssl]'];
  writeFileSync(
    path,
    [...sections, 'system_default = system', '[system]', ...lines, ''].join('\n'),
  );
  return { OPENSSL_CONF: path };
}

async function audit(
  command: readonly string[],
  options: RunOptions = {},
): Promise<{ readonly report: Report; readonly status: number | null }> {
  const path = join(folder, 'report.json');
  const recording = join(folder, 'recording.ndjson');
  const words = ['--audit', '--audit-format', 'json', '--record', recording, '-o', path];
  const run = await runTsltrace([...words, ...command], { timeoutMs: LONG_MS, ...options });
  expect(run.timedOut).toBe(false);
  const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  await expectHandedOn(recording, report);
  return { report, status: run.status };
}

/** The same without the documents for others. */
async function auditAlone(
  ...words: readonly string[]
): Promise<{ readonly report: Report; readonly status: number | null }> {
  const run = await runTsltrace(['--audit', '--audit-format', 'json', '-o', '-', ...words], {
    timeoutMs: LONG_MS,
  });
  const report = JSON.parse(run.stdout.slice(run.stdout.indexOf('{'))) as Report;
  return { report, status: run.status };
}

/** Each case also makes documents that their schemas take, and that say the same. */
async function expectHandedOn(recording: string, { findings, blindSpots }: Report): Promise<void> {
  const inFormat = async (format: string): Promise<string> => {
    const words = ['--audit', '--audit-format', format, '--read', recording, '-o', '-'];
    return (await runTsltrace(words, { timeoutMs: LONG_MS })).stdout;
  };
  const sarif = JSON.parse(await inFormat('sarif')) as Sarif;
  expect(sarifMistakes(sarif)).toEqual([]);
  const [{ results, invocations }] = sarif.runs;
  expect(results.map(({ ruleId, occurrenceCount }) => `${ruleId} x${occurrenceCount}`)).toEqual(
    findings.map(({ rule, count }) => `${rule} x${count}`),
  );
  const blind = invocations[0].toolExecutionNotifications.filter(
    ({ descriptor }) => descriptor.id === 'TLS-BLIND-SPOT',
  );
  expect(blind).toHaveLength(blindSpots.length);
  const bom = JSON.parse(await inFormat('cbom')) as { compositions: { aggregate: string }[] };
  expect(cbomMistakes(bom)).toEqual([]);
  expect(cbomMistakes(JSON.parse(await inFormat('cbom-1.7')))).toEqual([]);
  if (blindSpots.length > 0) expect(bom.compositions[0]?.aggregate).toBe('incomplete');
}

interface Sarif {
  readonly runs: readonly [
    {
      readonly results: readonly { readonly ruleId: string; readonly occurrenceCount: number }[];
      readonly invocations: readonly [
        { readonly toolExecutionNotifications: readonly { readonly descriptor: { id: string } }[] },
      ];
    },
  ];
}

/** Which line of the script decided, `FILE:LINE in FUNCTION`, one for each finding. */
function scriptLines({ findings }: Report): readonly string[] {
  return findings.map(({ first: { origin } }) => {
    const asked = origin?.asked;
    return asked === undefined ? 'none' : `${asked.file}:${asked.line} in ${asked.function}`;
  });
}

/** `RULE xCOUNT module->what`, one for each finding. */
function found({ findings }: Report): readonly string[] {
  return findings.map(({ rule, count, first: { origin } }) => {
    const by = origin === undefined ? 'nobody' : `${origin.module}->${origin.what}`;
    return `${rule} x${count} ${by}`;
  });
}

const withHttps = <T>(pair: KeyPair, use: (url: string, port: string) => Promise<T>): Promise<T> =>
  withTlsServer('http', pair, (port) => use(`https://localhost:${port}/`, port));

describe('--audit of Python', () => {
  const fetch = (setUp: string): string[] => [
    python,
    '-c',
    `import ssl, sys, urllib.request\nc = ssl.create_default_context(cafile=sys.argv[2])\n${setUp}\nprint(urllib.request.urlopen(sys.argv[1], context=c).read())`,
  ];

  itHasPython(
    'finds nothing where certificate and name are checked',
    async () => {
      await withHttps(certificates.good, async (url) => {
        const { report, status } = await audit([...fetch(''), url, certificates.authority]);
        expect(found(report)).toEqual([]);
        expect(report.blindSpots).toEqual([]);
        expect(status).toBe(0);
        expect(report.connections).toMatchObject([
          {
            count: 1,
            facts: { verification: 'X509_V_OK', data: 'moved', serverName: 'localhost' },
          },
        ]);
      });
    },
    LONG_MS,
  );

  itHasPython(
    'finds that the name is not compared',
    async () => {
      await withHttps(certificates.otherName, async (url) => {
        const command = [...fetch('c.check_hostname = False'), url, certificates.authority];
        const { report, status } = await audit(command);
        expect(found(report)).toEqual([
          expect.stringMatching(/^TLS-HOST-UNCHECKED x1 _ssl\..*->SSL_CTX_set_verify\(/),
        ]);
        expect(scriptLines(report)).toEqual(['<string>:2 in <module>']);
        expect(status).toBe(120);
      });
    },
    LONG_MS,
  );

  itHasRequests(
    'finds both requests of a session that once went without verification',
    async () => {
      const script = [
        'import sys, requests, warnings',
        'warnings.simplefilter("ignore")',
        'def fetch(session, **how):',
        '    return session.get(sys.argv[1], **how)',
        's = requests.Session()',
        'fetch(s, verify=False)',
        'fetch(s)',
      ].join('\n');
      await withHttps(certificates.selfSigned, async (url) => {
        const client = join(folder, 'client.py');
        writeFileSync(client, script);
        const { report, status } = await audit([python, client, url]);
        // Not the line of requests, urllib3 or ssl that did what this one asked for.
        expect(scriptLines(report)).toEqual([`${client}:4 in fetch`]);
        expect(found(report)).toEqual([
          expect.stringMatching(
            /^TLS-VERIFY-UNENFORCED x2 _ssl\..*->SSL_CTX_set_verify\(SSL_VERIFY_NONE\)$/,
          ),
        ]);
        expect(status).toBe(120);
      });
    },
    LONG_MS,
  );

  itHasRequests(
    'takes it that requests compares names itself',
    async () => {
      const script = 'import sys, requests; requests.get(sys.argv[1], verify=sys.argv[2])';
      await withHttps(certificates.good, async (url) => {
        const command = [python, '-W', 'ignore', '-c', script, url, certificates.authority];
        const { report, status } = await audit(command);
        expect(found(report)).toEqual([]);
        expect(status).toBe(0);
      });
    },
    LONG_MS,
  );
});

describe('--audit of curl', () => {
  itHas('curl')(
    'names the option that switched verification off',
    async () => {
      await withHttps(certificates.selfSigned, async (url) => {
        const { report, status } = await audit(['curl', '-sk', '-o', '/dev/null', url]);
        expect(found(report)).toEqual([
          'TLS-VERIFY-UNENFORCED x1 curl->curl_easy_setopt(CURLOPT_SSL_VERIFYPEER, 0)',
        ]);
        expect(status).toBe(120);
      });
    },
    LONG_MS,
  );

  itHas('curl')(
    'tells the program’s failure apart from findings',
    async () => {
      await withHttps(certificates.selfSigned, async (url) => {
        const { report, status } = await audit(['curl', '-s', '-o', '/dev/null', url]);
        expect(found(report)).toEqual([]);
        expect(status).toBe(122);
      });
    },
    LONG_MS,
  );

  itHas('curl')(
    'finds that it raises the highest version of the system',
    async () => {
      const env = systemConfiguration('MaxProtocol = TLSv1.2');
      await withHttps(certificates.good, async (url) => {
        const command = ['curl', '-s', '-o', '/dev/null', '--cacert', certificates.authority, url];
        const { report, status } = await audit(command, { env });
        expect(found(report)).toEqual([
          expect.stringMatching(
            /^TLS-POLICY-OVERRIDDEN x1 libcurl\.so\.4->SSL_CTX_set_max_proto_version\(/,
          ),
        ]);
        expect(report.connections[0]?.facts).toMatchObject({ version: 'TLS 1.3' });
        expect(status).toBe(120);
      });
    },
    LONG_MS,
  );

  itHasPython(
    'finds nothing where Python obeys the system',
    async () => {
      const env = systemConfiguration('MaxProtocol = TLSv1.2');
      const script =
        'import ssl, sys, urllib.request\nc = ssl.create_default_context(cafile=sys.argv[2])\nurllib.request.urlopen(sys.argv[1], context=c).read()';
      await withHttps(certificates.good, async (url) => {
        const command = [python, '-c', script, url, certificates.authority];
        const { report, status } = await audit(command, { env });
        expect(found(report)).toEqual([]);
        expect(report.connections[0]?.facts).toMatchObject({ version: 'TLS 1.2' });
        expect(status).toBe(0);
      });
    },
    LONG_MS,
  );
});

describe('--audit of programs with GnuTLS', () => {
  itHas('git')(
    'follows git to its helper, and names the option',
    async () => {
      await withHttps(certificates.selfSigned, async (url) => {
        const { report, status } = await audit([
          'git',
          '-c',
          'http.sslVerify=false',
          'ls-remote',
          `${url}x`,
        ]);
        expect(found(report)).toEqual([
          'TLS-VERIFY-UNENFORCED x1 git-remote-https->curl_easy_setopt(CURLOPT_SSL_VERIFYPEER, 0)',
        ]);
        expect(status).toBe(120);
      });
    },
    LONG_MS,
  );

  itHas('wget')(
    'finds wget without verification, and not wget with it',
    async () => {
      await withHttps(certificates.selfSigned, async (url) => {
        const wget = ['wget', '-q', '-t', '1', '-O', '/dev/null'];
        const without = await audit([...wget, '--no-check-certificate', url]);
        expect(found(without.report)).toEqual([
          expect.stringMatching(/^TLS-VERIFY-UNENFORCED x1 /),
        ]);
        expect(without.status).toBe(120);
        const verified = await audit([...wget, url]);
        expect(found(verified.report)).toEqual([]);
        expect(verified.status).toBe(122);
      });
    },
    LONG_MS,
  );

  itHas('wget')(
    'finds that keys are logged',
    async () => {
      const env = { SSLKEYLOGFILE: join(folder, 'keys.txt') };
      await withHttps(certificates.good, async (url) => {
        const wget = ['wget', '-q', '-t', '1', '-O', '/dev/null'];
        const command = [...wget, '--ca-certificate', certificates.authority, url];
        const { report, status } = await audit(command, { env });
        expect(found(report)).toEqual([expect.stringMatching(/^TLS-KEYLOG x1 libgnutls/)]);
        expect(status).toBe(120);
      });
    },
    LONG_MS,
  );

  itHas('ldapsearch')(
    'tells LDAPTLS_REQCERT never, allow and demand apart',
    async () => {
      await withTlsServer('ldap', certificates.selfSigned, async (port) => {
        const search = [
          'ldapsearch',
          '-x',
          '-H',
          `ldaps://localhost:${port}`,
          '-b',
          '',
          '-s',
          'base',
        ];
        for (const demand of ['never', 'allow']) {
          const { report, status } = await audit(search, { env: { LDAPTLS_REQCERT: demand } });
          expect(found(report)).toEqual([expect.stringMatching(/^TLS-VERIFY-UNENFORCED x1 /)]);
          expect(status).toBe(120);
        }
        const demanded = await audit(search, { env: { LDAPTLS_REQCERT: 'demand' } });
        expect(found(demanded.report)).toEqual([]);
        expect(demanded.status).toBe(122);
      });
    },
    LONG_MS,
  );
});

const nssFlags = ['-I/usr/include/nss', '-I/usr/include/nspr', '-Wl,--no-as-needed'];
const nssLibraries = ['-lssl3', '-lsmime3', '-lnss3', '-lnspr4'];
const itBuildsWithNss = skipUnless(
  gccCan('-include', 'nss.h', ...nssFlags, ...nssLibraries),
  'needs headers of NSS (Debian package libnss3-dev)',
);

describe('--audit of a program with NSS', () => {
  itBuildsWithNss(
    'tells a hook that accepts everything from its own verification',
    async () => {
      const program = buildProgram('fetches-by-nss', { flags: [...nssFlags, ...nssLibraries] });
      await withHttps(certificates.selfSigned, async (_, port) => {
        for (const [how, hook] of [
          ['none', 'SSL_AuthCertificateHook'],
          ['accept', 'SSL_BadCertHook'],
        ] as const) {
          const { report, status } = await auditAlone(program, port, how);
          expect(report.blindSpots).toEqual([]);
          expect(found(report)).toEqual([
            expect.stringMatching(
              new RegExp(`^TLS-VERIFY-UNENFORCED x1 fetches-by-nss->${hook}\\(`),
            ),
          ]);
          expect(status).toBe(120);
        }
        const refused = await auditAlone(program, port, 'verify');
        expect(found(refused.report)).toEqual([]);
        expect(refused.status).toBe(122);
      });
      await withHttps(certificates.good, async (_, port) => {
        const { report, status } = await audit([program, port, 'verify', certificates.authority]);
        expect(found(report)).toEqual([]);
        expect(report.connections).toMatchObject([
          { count: 1, role: 'client', facts: { verification: 'SECSuccess', data: 'moved' } },
        ]);
        expect(report.blindSpots).toEqual([]);
        expect(status).toBe(0);
      });
    },
    LONG_MS,
  );
});

describe('--audit of psql', () => {
  const psql = (port: string, mode: string): string[] => [
    ...['psql', '-X', '-c', 'select'],
    `host=localhost port=${port} user=u dbname=d sslmode=${mode} sslrootcert=${certificates.authority} connect_timeout=60`,
  ];

  itHas('psql')(
    'tells its modes apart',
    async () => {
      const env = { PGSSLROOTCERT: join(folder, 'none.pem'), HOME: folder };
      await withTlsServer('postgres', certificates.selfSigned, async (port) => {
        const plain = psql(port, 'require').map((word) => word.replace(/ sslrootcert=\S+/, ''));
        const { report, status } = await audit(plain, { env });
        expect(found(report)).toEqual([expect.stringMatching(/^TLS-VERIFY-UNENFORCED x1 libpq/)]);
        expect(status).toBe(120);
      });
      await withTlsServer('postgres', certificates.otherName, async (port) => {
        const chain = await audit(psql(port, 'verify-ca'), { env });
        expect(found(chain.report)).toEqual([
          expect.stringMatching(/^TLS-HOST-UNCHECKED x1 libpq/),
        ]);
        expect(chain.status).toBe(120);
        const name = await audit(psql(port, 'verify-full'), { env });
        expect(found(name.report)).toEqual([]);
        expect(name.status).toBe(122);
      });
    },
    LONG_MS,
  );
});

describe('--audit of Node', () => {
  const script = [
    "const https = require('node:https');",
    "const { readFileSync } = require('node:fs');",
    'const [, url, file] = process.argv;',
    'const ca = file && readFileSync(file);',
    "https.get(url, { ca }, (r) => r.resume()).on('error', () => (process.exitCode = 1));",
  ].join('\n');
  const node = [process.execPath, '--no-warnings', '-e', script];

  itHasPython(
    'judges by what came of it: the calls are the same up to the verdict',
    async () => {
      await withHttps(certificates.selfSigned, async (url) => {
        const rejected = await audit([...node, url]);
        expect(found(rejected.report)).toEqual([]);
        expect(rejected.status).toBe(122);
        const accepted = await audit([...node, url], {
          env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
        });
        expect(found(accepted.report)).toEqual([
          expect.stringMatching(/^TLS-VERIFY-UNENFORCED x1 /),
        ]);
        expect(accepted.status).toBe(120);
      });
      await withHttps(certificates.good, async (url) => {
        const { report, status } = await audit([...node, url, certificates.authority]);
        expect(found(report)).toEqual([]);
        expect(status).toBe(0);
      });
    },
    2 * LONG_MS,
  );
});

it('has no remarks on a program without TLS, wherever its report goes', async () => {
  for (const where of ['-', join(folder, 'without.txt')]) {
    const run = await runTsltrace(['--audit', '-o', where, 'ls', '/']);
    expect(run).toMatchObject({ status: 0, stderr: '' });
  }
});

describe('--audit of nginx', () => {
  const configuration = (port: number, upstream: string): string => {
    const { certificate, key } = certificates.good;
    const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    return [
      `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;`,
      'events { worker_connections 64; }',
      `http { access_log off; ${kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')}`,
      `server { listen 127.0.0.1:${port} ssl; ssl_certificate ${certificate};`,
      `ssl_certificate_key ${key}; ssl_protocols TLSv1.2 TLSv1.3;`,
      `location / { proxy_pass ${upstream}; } } }`,
    ].join('\n');
  };

  itHas('nginx')(
    'finds what it overrides, and that it trusts any upstream',
    async () => {
      const env = systemConfiguration('MinProtocol = TLSv1.3');
      await withHttps(certificates.selfSigned, async (url) => {
        const port = await freePort();
        const path = join(folder, 'nginx.conf');
        writeFileSync(path, configuration(port, url.replace('localhost', '127.0.0.1')));
        const report = join(folder, 'nginx.json');
        const recording = join(folder, 'nginx.ndjson');
        const output = ['--audit-format', 'json', '-o', report, '--record', recording];
        const words = ['--audit', ...output, 'nginx', '-c', path];
        const server = startTsltrace(words, { env, timeoutMs: LONG_MS });
        try {
          await requestUntilAnswered(port);
          process.kill(Number(readFileSync(join(folder, 'nginx.pid'), 'utf8')), 'SIGQUIT');
          expect((await server.finished()).status).toBe(120);
        } finally {
          server.kill('SIGKILL');
        }
        const told = JSON.parse(readFileSync(report, 'utf8')) as Report;
        await expectHandedOn(recording, told);
        expect(found(told)).toEqual([
          expect.stringMatching(/^TLS-VERIFY-UNENFORCED x1 nginx->/),
          'TLS-POLICY-OVERRIDDEN x2 nginx->SSL_CTX_set_min_proto_version(0)',
        ]);
      });
    },
    2 * LONG_MS,
  );
});

async function requestUntilAnswered(port: number): Promise<void> {
  const deadline = Date.now() + LONG_MS;
  while (Date.now() < deadline) {
    const url = `https://127.0.0.1:${port}/`;
    const { status } = await runProgram(['curl', '-sk', '-o', '/dev/null', '-m', '20', url]);
    if (status === 0) return;
    await sleep(100);
  }
  throw new Error(`nobody answers on port ${port}`);
}

const opensslFlags = ['-Wl,--no-as-needed', '-lssl', '-lcrypto'];
const itBuildsWithOpenssl = skipUnless(
  gccCan('-include', 'openssl/ssl.h', ...opensslFlags),
  'needs headers of OpenSSL (Debian package libssl-dev)',
);

describe('--audit of a program that works through BIOs alone', () => {
  itBuildsWithOpenssl(
    'knows whose records pass, what was verified, and that data moved',
    async () => {
      const program = buildProgram('fetches-by-bio', { flags: opensslFlags });
      await withHttps(certificates.good, async (_, port) => {
        const careless = await audit([program, port]);
        expect(careless.report.blindSpots).toEqual([]);
        expect(found(careless.report)).toEqual([
          expect.stringMatching(/^TLS-VERIFY-UNENFORCED x1 fetches-by-bio->/),
        ]);
        expect(careless.status).toBe(120);
        const careful = await audit([program, port, certificates.authority]);
        expect(careful.report.blindSpots).toEqual([]);
        expect(found(careful.report)).toEqual([]);
        expect(careful.report.connections).toMatchObject([
          { count: 1, facts: { verification: 'X509_V_OK', data: 'moved' } },
        ]);
        expect(careful.status).toBe(0);
        const lines = buildProgram('fetches-by-bio', { flags: ['-DBY_LINES', ...opensslFlags] });
        const byLines = await auditAlone(lines, port);
        expect(byLines.report.blindSpots).toEqual([]);
        expect(found(byLines.report)).toEqual([
          expect.stringMatching(/^TLS-VERIFY-UNENFORCED x1 fetches-by-bio->/),
        ]);
        expect(byLines.report.connections).toMatchObject([{ facts: { data: 'moved' } }]);
      });
    },
    LONG_MS,
  );
});

describe('--audit of a program that brings its own TLS', () => {
  const source = [
    'package main',
    'import ("crypto/tls"; "io"; "net/http"; "os")',
    'func main() {',
    'transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}',
    'answer, problem := (&http.Client{Transport: transport}).Get(os.Args[1])',
    'if problem != nil { os.Exit(1) }',
    'io.Copy(io.Discard, answer.Body)',
    '}',
  ].join('\n');

  itHas('go')(
    'never calls it clean',
    async () => {
      const program = join(folder, 'fetch');
      writeFileSync(`${program}.go`, source);
      const env = {
        CGO_ENABLED: '0',
        GO111MODULE: 'off',
        GOCACHE: inProject('build/go-cache'),
        HOME: folder,
      };
      const built = await runProgram(['go', 'build', '-o', program, `${program}.go`], {
        env,
        timeoutMs: LONG_MS,
      });
      expect(built.status).toBe(0);
      await withHttps(certificates.selfSigned, async (url, port) => {
        const { report, status } = await audit([program, url]);
        expect(found(report)).toEqual([]);
        expect(report.blindSpots).toMatchObject([
          {
            count: 1,
            role: 'client',
            peers: [`127.0.0.1:${port}`],
            facts: { version: 'TLS 1.3', serverName: 'localhost' },
          },
        ]);
        expect(status).toBe(121);
        expect((await audit(['--blind', 'warn', program, url])).status).toBe(0);
      });
    },
    2 * LONG_MS,
  );
});

describe('--baseline', () => {
  itHas('curl')(
    'lets pass what --save-baseline knew, and ends with 123 for what is new',
    async () => {
      await withHttps(certificates.selfSigned, async (url) => {
        const known = join(folder, 'known.json');
        const curl = ['curl', '-sk', '-o', '/dev/null', url];
        const held = async (options: readonly string[], command: readonly string[]) => {
          const words = ['--audit', ...options, ...command];
          const { status, stderr } = await runTsltrace(words, { timeoutMs: LONG_MS });
          return { status, stderr };
        };
        expect((await held(['--save-baseline', known], curl)).status).toBe(120);
        const again = await held(['--baseline', known, '--save-baseline', known], curl);
        expect(again.status).toBe(0);
        expect(again.stderr).toMatch(/^may pass: 1 finding was known \(exit status 0\)$/m);
        const wget = ['wget', '-q', '-t', '1', '-O', '/dev/null', '--no-check-certificate', url];
        const other = await held(['--baseline', known], wget);
        expect(other.status).toBe(123);
        expect(other.stderr).toMatch(/^error TLS-VERIFY-UNENFORCED, CWE-295, new$/m);
        expect(other.stderr).toMatch(
          /^Gone since the baseline\n {2}TLS-VERIFY-UNENFORCED curl->curl_easy_setopt in curl$/m,
        );
        writeFileSync(known, '{}');
        const refused = await held(['--baseline', known], curl);
        expect(refused.status).toBe(125);
        expect(refused.stderr).toMatch(
          /^tsltrace: --baseline: '.*known.json' is refused: it is no baseline; [^\n]*\n$/,
        );
      });
    },
    LONG_MS,
  );
});

const itLinksOpensslStatically = skipUnless(
  gccCan('-static', '-include', 'openssl/ssl.h', '-lssl', '-lcrypto'),
  'needs libssl.a (Debian package libssl-dev)',
);

describe('--audit of a static program', () => {
  const build = (...flags: readonly string[]): string =>
    buildProgram('fetches-by-bio', {
      flags: ['-static', ...flags, '-Wl,--start-group', '-l:libssl.a', '-l:libcrypto.a', '-w'],
    });

  itLinksOpensslStatically(
    'looks into it where its functions have names, and never calls it clean where not',
    async () => {
      await withHttps(certificates.selfSigned, async (_, port) => {
        const named = await audit([build(), port]);
        expect(found(named.report)).toEqual([
          expect.stringMatching(/^TLS-VERIFY-UNENFORCED x1 fetches-by-bio->/),
        ]);
        expect(named.status).toBe(120);
        const stripped = await audit([build('-s'), port]);
        expect(found(stripped.report)).toEqual([]);
        expect(stripped.report.blindSpots).toMatchObject([
          { count: 1, role: 'client', peers: [`127.0.0.1:${port}`], facts: { version: 'TLS 1.3' } },
        ]);
        expect(stripped.status).toBe(121);
      });
    },
    LONG_MS,
  );
});

describe('--audit of a program that hides its TLS', () => {
  const flags = ['-s', '-w', '-Wl,--start-group', '-l:libssl.a', '-l:libcrypto.a', '-ldl'];

  itLinksOpensslStatically(
    'sees the records on every way into the kernel',
    async () => {
      const functionsAlone = buildProgram('hands-records-over', {
        flags: ['-DWITHOUT_INSTRUCTION', ...flags],
      });
      const program = buildProgram('hands-records-over', { flags });
      await withHttps(certificates.selfSigned, async (_, port) => {
        const ways = [
          ...['messages', 'number', 'vectors'].map((way) => [functionsAlone, way] as const),
          [program, 'instruction'] as const,
        ];
        for (const [file, way] of ways) {
          const { report, status } = await auditAlone(file, port, way);
          expect(found(report)).toEqual([]);
          expect(report.blindSpots).toMatchObject([
            { count: 1, role: 'client', module: 'hands-records-over' },
          ]);
          expect(status).toBe(121);
        }
      });
    },
    2 * LONG_MS,
  );

  itHasPython(
    'puts records together that pass in many reads and writes',
    async () => {
      const script = [
        'import socket, ssl, sys',
        'c = ssl.create_default_context(cafile=sys.argv[2]); c.maximum_version = ssl.TLSVersion.TLSv1_2',
        "s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))",
        'r, w = ssl.MemoryBIO(), ssl.MemoryBIO()',
        "o = c.wrap_bio(r, w, server_hostname='localhost')",
        'def pump(call):',
        '    while True:',
        '        try: return call()',
        '        except ssl.SSLWantReadError: send(); r.write(s.recv(7))',
        'def send():',
        '    data = w.read()',
        '    for at in range(0, len(data), 3): s.sendall(data[at:at + 3])',
        'pump(o.do_handshake)',
        "o.write(b'GET / HTTP/1.0\\r\\n\\r\\n'); send()",
        'print(pump(lambda: o.read(100)))',
      ].join('\n');
      await withHttps(certificates.good, async (_, port) => {
        const command = [python, '-c', script, port, certificates.authority];
        const { report, status } = await auditAlone(...command);
        expect(found(report)).toEqual([]);
        expect(report.blindSpots).toEqual([]);
        expect(report.connections).toMatchObject([
          {
            count: 1,
            facts: {
              ...{ version: 'TLS 1.2', serverName: 'localhost', serverKey: 'rsa 2048' },
              ...{ verification: 'X509_V_OK', data: 'moved' },
            },
          },
        ]);
        expect(status).toBe(0);
      });
    },
    LONG_MS,
  );

  itHasPython(
    'tells that DTLS and QUIC were spoken',
    async () => {
      const script = [
        'import socket, sys',
        'a, b = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))',
        "b.bind(('127.0.0.1', 0)); a.connect(b.getsockname())",
        'a.send(bytes.fromhex(sys.argv[1]))',
      ].join('\n');
      const spoken = [
        ['DTLS', dtlsClientHello()],
        ['QUIC', quicInitial()],
      ] as const;
      for (const [version, bytes] of spoken) {
        const hex = Buffer.from(bytes).toString('hex');
        const { report, status } = await auditAlone(python, '-c', script, hex);
        expect(found(report)).toEqual([]);
        expect(report.blindSpots).toMatchObject([{ count: 1, facts: { version } }]);
        expect(status).toBe(121);
      }
    },
    LONG_MS,
  );
});

describe('--audit of Java', () => {
  const source = [
    'import javax.net.ssl.*; import java.security.cert.X509Certificate;',
    'public class Fetch { public static void main(String[] words) throws Exception {',
    'X509TrustManager anyone = new X509TrustManager() {',
    'public void checkClientTrusted(X509Certificate[] chain, String kind) {}',
    'public void checkServerTrusted(X509Certificate[] chain, String kind) {}',
    'public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; } };',
    'SSLContext context = SSLContext.getInstance("TLS");',
    'context.init(null, new TrustManager[] { anyone }, null);',
    'SSLSocketFactory sockets = context.getSocketFactory();',
    'SSLSocket socket = (SSLSocket) sockets.createSocket("localhost", Integer.parseInt(words[0]));',
    'socket.getOutputStream().write("GET / HTTP/1.0\\r\\n\\r\\n".getBytes());',
    'System.exit(socket.getInputStream().read() == 72 ? 0 : 1); } }',
  ].join('\n');

  itHas('javac')(
    'never calls it clean',
    async () => {
      writeFileSync(join(folder, 'Fetch.java'), source);
      const built = await runProgram(['javac', '-d', folder, join(folder, 'Fetch.java')], {
        timeoutMs: LONG_MS,
      });
      expect(built.status).toBe(0);
      await withHttps(certificates.selfSigned, async (_, port) => {
        const { report, status } = await audit(['java', '-Xint', '-cp', folder, 'Fetch', port]);
        expect(found(report)).toEqual([]);
        expect(report.blindSpots).toMatchObject([
          { count: 1, role: 'client', peers: [`127.0.0.1:${port}`], hint: 'Java' },
        ]);
        expect(status).toBe(121);
      });
    },
    2 * LONG_MS,
  );
});

describe('--audit of cryptography beside TLS', () => {
  itBuildsWithOpenssl(
    'finds what a program begins itself, not what its library does or fetches',
    async () => {
      const program = buildProgram('uses-primitives', {
        flags: ['-Wl,--no-as-needed', '-lcrypto'],
      });
      const { report, status } = await auditAlone('--policy', 'fips-shaped', program);
      expect(found(report)).toEqual([
        'CRYPTO-CIPHER-WEAK x1 uses-primitives->EVP_DecryptInit_ex()',
        'CRYPTO-RSA-SHORT x1 uses-primitives->EVP_PKEY_CTX_set_rsa_keygen_bits(1024)',
        'CRYPTO-DIGEST-WEAK x1 uses-primitives->EVP_DigestInit_ex()',
        'CRYPTO-ECB x1 uses-primitives->EVP_EncryptInit_ex()',
        'CRYPTO-UNAUTHENTICATED x1 uses-primitives->EVP_EncryptInit_ex()',
        'CRYPTO-UNAUTHENTICATED x1 uses-primitives->EVP_DecryptInit_ex()',
        'CRYPTO-KDF-CHEAP x1 uses-primitives->PKCS5_PBKDF2_HMAC(100)',
        'CRYPTO-PKCS1V15 x1 uses-primitives->EVP_PKEY_CTX_set_rsa_padding()',
      ]);
      expect(status).toBe(120);
    },
    LONG_MS,
  );

  itHasPython(
    'lets Python’s own digests pass, and those that are said not to be for security',
    async () => {
      const run = (options: readonly string[], code: string) =>
        auditAlone(...options, python, '-c', `import hashlib; ${code}`);
      const deny = ['--deny', 'CRYPTO-ECB'];
      const lax = await run(deny, 'hashlib.md5(b"x", usedforsecurity=False)');
      expect(found(lax.report)).toEqual([]);
      const md5 = await run(deny, 'hashlib.md5(b"x")');
      expect(scriptLines(md5.report)).toEqual(['<string>:1 in <module>']);
      expect(md5.status).toBe(0);
      for (const options of [
        ['--policy', 'fips-shaped'],
        ['--deny', '_hashlib*->EVP_DigestInit_ex'],
        ['--expect', 'EVP_MD_CTX_new', '--expect', 'SSL_set1_host'],
      ]) {
        expect((await run(options, 'hashlib.md5(b"x")')).status).toBe(120);
      }
      const fulfilled = await run(['--expect', '_hashlib*->EVP_DigestInit_ex'], 'hashlib.md5()');
      expect(fulfilled.status).toBe(0);
    },
    LONG_MS,
  );
});

describe('an audit of what does not end', () => {
  itHasPython(
    'shows a finding when it is met, and reports when asked and every so often',
    async () => {
      const script = [
        'import ssl, sys, urllib.request',
        'def fetch():',
        '    c = ssl._create_unverified_context()',
        '    urllib.request.urlopen(sys.argv[1], context=c).read()',
        'for line in sys.stdin: fetch()',
      ].join('\n');
      await withHttps(certificates.selfSigned, async (url) => {
        const command = [python, '-c', script, url];
        const live = startTsltrace(['--audit', '--live', ...command], { timeoutMs: LONG_MS });
        live.send('\n');
        await live.sees(
          /^\[\d+\] error TLS-VERIFY-UNENFORCED: Data moved, [^\n]* by <string>:3 in fetch\n/m,
        );
        live.kill('SIGUSR1');
        await live.sees(/may not pass: 1 finding, 1 case[^]*still running[^]*another run may/);
        live.send('\n');
        live.endInput();
        const done = await live.finished();
        expect(done.status).toBe(120);
        expect(done.stderr).toMatch(/may not pass: 1 finding, 2 cases/);
        expect(done.stderr.match(/^\[\d+\] error/gm)).toHaveLength(1);
        const often = startTsltrace(['--audit', '--interval=0.2', ...command], {
          timeoutMs: LONG_MS,
        });
        await often.sees(/nothing found in this run[^]*another run may/);
        often.send('\n');
        await often.sees(/may not pass: 1 finding, 1 case/);
        often.endInput();
        expect((await often.finished()).status).toBe(120);
      });
    },
    2 * LONG_MS,
  );
});

/** A collector that answers with this status, or not at all; and the bodies that it was sent, as JSON. */
async function withCollector<T>(
  answer:
    number | 'never' | { readonly rejectedLogRecords: string; readonly errorMessage?: string },
  use: (url: string, bodies: readonly OtlpLogs[]) => Promise<T>,
): Promise<T> {
  const bodies: OtlpLogs[] = [];
  const server = createHttpServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      expect([request.method, request.url]).toEqual(['POST', '/v1/logs']);
      expect(request.headers['content-type']).toBe('application/json');
      bodies.push(JSON.parse(text) as OtlpLogs);
      if (typeof answer === 'number') response.writeHead(answer).end('{}');
      else if (answer !== 'never') response.end(JSON.stringify({ partialSuccess: answer }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return await use(`http://127.0.0.1:${port}`, bodies);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** ExportLogsServiceRequest of opentelemetry-proto, as JSON. */
interface OtlpLogs {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeLogs: readonly {
      readonly logRecords: readonly {
        readonly eventName: string;
        readonly severityNumber: number;
        readonly timeUnixNano: string;
        readonly body: { readonly stringValue: string };
        readonly attributes: readonly OtlpAttribute[];
      }[];
    }[];
  }[];
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number };
}

const byKey = (attributes: readonly OtlpAttribute[]): ReadonlyMap<string, unknown> =>
  new Map(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));

const hasExporter = existsSync(inProject('node_modules/@opentelemetry/exporter-logs-otlp-http'));

/** Found once, by a client that looks at no certificate. */
async function recordedOnce(): Promise<string> {
  const recording = join(folder, 'for-collector.ndjson');
  if (existsSync(recording)) return recording;
  await withHttps(certificates.selfSigned, async (url) => {
    const curl = ['curl', '-sk', '-o', '/dev/null', url];
    await runTsltrace(['--audit', '--record', recording, ...curl], { timeoutMs: LONG_MS });
  });
  return recording;
}

describe('a collector of OpenTelemetry', () => {
  const itSends = skipUnless(hasExporter && hasTool('curl'), `npm ci, ${needs('curl')}`);

  itSends(
    'is sent findings and connections, and whose they are',
    () =>
      withCollector(200, async (url, bodies) => {
        const recording = await recordedOnce();
        const words = ['--audit', '-o', '/dev/null', '--read', recording, '--otlp', url];
        expect(await runTsltrace(words)).toMatchObject({ status: 120, stderr: '' });
        expect(bodies).toHaveLength(1);
        const [{ resource, scopeLogs } = { resource: { attributes: [] }, scopeLogs: [] }] =
          bodies[0]?.resourceLogs ?? [];
        const whose = byKey(resource.attributes);
        expect(whose.get('service.name')).toBe('curl');
        expect(whose.get('host.name')).toMatch(/./);
        expect(whose.get('tsltrace.run.id')).toMatch(/^[0-9a-f-]{36}$/);
        const [found, connection] = scopeLogs[0]?.logRecords ?? [];
        expect(found).toMatchObject({ eventName: 'tsltrace.finding', severityNumber: 17 });
        expect(Math.abs(Number(found?.timeUnixNano) / 1e6 - Date.now())).toBeLessThan(LONG_MS);
        expect(byKey(found?.attributes ?? []).get('tsltrace.finding.rule')).toBe(
          'TLS-VERIFY-UNENFORCED',
        );
        for (const record of [found, connection]) {
          const of = byKey(record?.attributes ?? []);
          expect(of.get('network.peer.address')).toMatch(/^(?:127\.0\.0\.1|::1)$/);
          expect(of.get('network.peer.port')).toBeGreaterThan(0);
        }
        expect(connection).toMatchObject({ eventName: 'tsltrace.connection', severityNumber: 9 });
        const told = byKey(connection?.attributes ?? []);
        expect(told.get('tls.protocol.version')).toBe('1.3');
        expect(told.get('tls.cipher')).toMatch(/^TLS_/);
        expect(told.get('tsltrace.connection.count')).toBe(1);
      }),
    LONG_MS,
  );

  itSends(
    'that takes nothing, answers never or is not there costs a line, and seconds at the end',
    async () => {
      const recording = await recordedOnce();
      const send = (url: string): Promise<{ status: number | null; stderr: string }> =>
        runTsltrace(['--audit', '-o', '/dev/null', '--read', recording, '--otlp', url], {
          timeoutMs: LONG_MS,
        });
      const lost =
        /^tsltrace: cannot write to http:\/\/127.0.0.1:\d+\/v1\/logs: 2 of its records were not taken: .+\n$/;
      for (const answer of [400, 'never'] as const) {
        await withCollector(answer, async (url) => expect((await send(url)).stderr).toMatch(lost));
      }
      for (const errorMessage of ['over quota', undefined]) {
        const answer = {
          rejectedLogRecords: '1',
          ...(errorMessage !== undefined && { errorMessage }),
        };
        const run = await withCollector(answer, send);
        expect(run.status).toBe(125);
        expect(run.stderr).toMatch(`: 1 of its records were not taken: ${errorMessage ?? 'the'}`);
      }
      // Nobody listens on a port that was just let go.
      const gone = await withCollector(200, (url) => Promise.resolve(url));
      expect((await send(gone)).stderr).toMatch(lost);
      await withHttps(certificates.selfSigned, async (url) => {
        const live = ['--audit', '-o', '/dev/null', '--otlp', gone];
        const allow = ['--allow', 'TLS-VERIFY-UNENFORCED', '--because', 'a test server'];
        const curl = ['curl', '-sk', '-o', '/dev/null', url];
        const run = await runTsltrace([...live, ...allow, ...curl], { timeoutMs: LONG_MS });
        expect(run.stderr).toMatch(lost);
        expect(run.status).toBe(125);
      });
    },
    LONG_MS,
  );
});

describe('a bill of materials', () => {
  itHas('curl')(
    'has the certificates that were seen, but not where peers are not to be named',
    () =>
      withHttps(certificates.selfSigned, async (url) => {
        const recording = join(folder, 'with-certificate.ndjson');
        const curl = ['curl', '-sk', '--tls-max', '1.2', '-o', '/dev/null', url];
        const run = await runTsltrace(['--audit', '--record', recording, ...curl], {
          timeoutMs: LONG_MS,
        });
        expect(run.status).toBe(120);
        const of = async (...words: string[]): Promise<readonly unknown[]> => {
          const all = ['--audit', '--read', recording, '--audit-format', 'cbom', '-o', '-'];
          const bom = JSON.parse((await runTsltrace([...all, ...words])).stdout) as Bom;
          expect(cbomMistakes(bom)).toEqual([]);
          return bom.components.filter(
            ({ cryptoProperties }) => cryptoProperties?.assetType === 'certificate',
          );
        };
        const { fingerprint256, subject } = new X509Certificate(
          readFileSync(certificates.selfSigned.certificate),
        );
        const content = fingerprint256.replaceAll(':', '').toLowerCase();
        expect(await of()).toMatchObject([
          { name: subject.replaceAll('\n', ', '), hashes: [{ alg: 'SHA-256', content }] },
        ]);
        expect(await of('--redact-peers')).toEqual([]);
      }),
    LONG_MS,
  );
});

interface Bom {
  readonly components: readonly {
    readonly cryptoProperties?: { readonly assetType: string };
  }[];
}

describe('the report of an audit', () => {
  itHas('curl')(
    'is handed on live as from a recording, byte for byte',
    async () => {
      await withHttps(certificates.selfSigned, async (url) => {
        const recording = join(folder, 'handed-on.ndjson');
        for (const format of ['sarif', 'cbom', 'junit', 'github']) {
          const words = ['--audit', '--audit-format', format, '-o', '-'];
          const curl = ['curl', '-sk', '-o', '/dev/null', url];
          const live = await runTsltrace([...words, '--record', recording, ...curl], {
            timeoutMs: LONG_MS,
          });
          const again = await runTsltrace([...words, '--read', recording], { timeoutMs: LONG_MS });
          expect(live.stdout.length).toBeGreaterThan(100);
          expect(again.stdout).toBe(live.stdout);
          expect([live.status, again.status]).toEqual([120, 120]);
        }
      });
    },
    LONG_MS,
  );

  itHas('curl')(
    'is the same from a recording, byte for byte',
    async () => {
      await withHttps(certificates.selfSigned, async (url) => {
        const recording = join(folder, 'run.ndjson');
        const live = await runTsltrace(
          ['--audit', '--record', recording, 'curl', '-sk', '-o', '/dev/null', url],
          { timeoutMs: LONG_MS },
        );
        const again = await runTsltrace(['--audit', '--read', recording], { timeoutMs: LONG_MS });
        expect(again.stderr).toBe(live.stderr);
        expect(again.status).toBe(live.status);
        const lines = live.stderr.split('\n');
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
      });
    },
    LONG_MS,
  );

  itHas('curl')(
    'lets pass what is allowed with a reason, until its day',
    async () => {
      await withHttps(certificates.selfSigned, async (url) => {
        const curl = ['curl', '-sk', '-o', '/dev/null', url];
        const allow = ['--allow', 'TLS-VERIFY-UNENFORCED', '--because', 'a test server'];
        expect((await audit([...allow, ...curl])).status).toBe(0);
        expect((await audit([...allow, '--until', '2020-01-01', ...curl])).status).toBe(120);
      });
    },
    LONG_MS,
  );

  itHas('curl')(
    'never shows what the program sent and received',
    async () => {
      await withHttps(certificates.good, async (url) => {
        const recording = join(folder, 'private.ndjson');
        await runTsltrace(
          [
            '--audit',
            '--record',
            recording,
            'curl',
            '-s',
            '-o',
            '/dev/null',
            '--cacert',
            certificates.authority,
            `${url}secret-path`,
          ],
          { timeoutMs: LONG_MS },
        );
        const text = readFileSync(recording, 'utf8');
        const shown = text.split('\n').slice(1).join('\n');
        for (const secret of ['secret-path', Buffer.from('secret-path').toString('hex')]) {
          expect(shown).not.toContain(secret);
        }
      });
    },
    LONG_MS,
  );
});
