/** The ledger of an audit says of every setting what the library's own getter answers. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { runProgram, runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { gccCan } from '../support/toolchain.js';

const itHasOpenssl = skipUnless(
  gccCan('-include', 'openssl/ssl.h', '-lssl', '-lcrypto'),
  'needs headers of OpenSSL (Debian package libssl-dev)',
);
const LONG_MS = 180_000;

type Entry = readonly [string, { readonly value: string; readonly number?: number | string }];
type Answers = Readonly<Record<string, number | string>>;
interface Report {
  readonly contexts: readonly { readonly count: number; readonly settings: readonly Entry[] }[];
  readonly connections: readonly { readonly count: number; readonly settings: readonly Entry[] }[];
}

/** Lines of the system's configuration, and the lines that test/programs/sets-tls.c follows under it. */
const TABLE: readonly (readonly [readonly string[], readonly string[]])[] = [
  [
    [],
    [
      'method=any',
      'method=client',
      'method=dtls',
      'min=0x303',
      'min=0x304 max=0x304',
      'min=0x303 min=0',
      'max=0x303 min=0x304',
      'min=0x300',
      'min=0x999',
      'min=0xfefd',
      'method=dtls min=0xfefd max=0xfeff',
      'method=dtls min=0x303',
      'method=only-1.2 min=0x304',
      'on=0x4000 on=0x2000000',
      'on=0x4000 off=0x4000',
      'off=0x120000',
      'on=0x1000000000',
      'ciphers=HIGH:!aNULL',
      'ciphers=ECDHE+AESGCM suites=TLS_AES_128_GCM_SHA256',
      'ciphers=DEFAULT@SECLEVEL=1',
      'ciphers=ALL:@SECLEVEL=0:@SECLEVEL=3',
      'ciphers=HIGH@SECLEVEL=4',
      'ciphers=DEFAULT:@SECLEVEL=9',
      'ciphers=NONSENSE',
      'ciphers=HIGH ciphers=NONSENSE:@SECLEVEL=1',
      'suites=NONSENSE',
      'suites=',
      'level=0',
      'level=3 ciphers=HIGH',
      'level=7',
      'level=3 ciphers=HIGH:@SECLEVEL=1 level=2',
      'verify=1',
      'verify=3 verify=0',
      'verify-by-callback=5',
      'mode=1 mode=16',
      'mode=1 no-mode=1',
      'mode=1 mode=0',
      'cache=0',
      'cache=3 cache=2',
      'tickets=0',
      'tickets=5 early=16384',
      'file=MinProtocol=TLSv1.2 file=MaxProtocol=TLSv1.3',
      'file=MinProtocol=None',
      'file=MinProtocol=TLSv9',
      'file=Protocol=-TLSv1.2',
      'file=Protocol=ALL,-TLSv1.3,-TLSv1',
      'on=0x10000000 file=Protocol=TLSv1.2',
      'file=Options=-SessionTicket,ServerPreference',
      'file=Options=Bugs,-Compression,NoRenegotiation',
      'file=Options=+PrioritizeChaCha,-MiddleboxCompat off=0x20000',
      'file=Options=-AntiReplay,-ExtendedMasterSecret,KTLS',
      'file=Options=Nonsense',
      'file=Options=NoRenegotiation,Nonsense',
      'file=CipherString=ECDHE+AESGCM:@SECLEVEL=3',
      'file=Ciphersuites=TLS_CHACHA20_POLY1305_SHA256',
      'file=VerifyMode=Peer',
      'verify=4 file=VerifyMode=Require',
      'file=VerifyMode=Require,RequestPostHandshake file=VerifyMode=-Peer',
      'file=NumTickets=7',
      'line=-no_tls1_2 line=-no_ticket',
      'line=-bugs line=-no_comp line=-comp',
      'line=-serverpref line=-no_middlebox',
      'line=-min_protocol=TLSv1.2 line=-max_protocol=TLSv1.3',
      'line=-no_renegotiation line=-no_etm line=-allow_no_dhe_kex line=-prioritize_chacha',
      'line=-cipher=HIGH:@SECLEVEL=1 line=-ciphersuites=TLS_AES_256_GCM_SHA384',
      'level=3 s.new=1',
      'min=0x303 s.min=0x304',
      's.min=0x303 min=0x304',
      'on=0x4000 s.on=0x2000000',
      's.off=0x20000 s.on=0x4000 on=0x10000000',
      'ciphers=HIGH s.new=1 ciphers=ECDHE+AESGCM',
      'ciphers=HIGH s.ciphers=ECDHE+AESGCM:@SECLEVEL=1 ciphers=AESGCM',
      'suites=TLS_AES_128_GCM_SHA256 s.new=1 suites=TLS_AES_256_GCM_SHA384',
      's.suites=TLS_CHACHA20_POLY1305_SHA256',
      'verify=1 s.verify=0',
      'verify=3 s.new=1 verify=0',
      'verify=1 s.file=VerifyMode=Require',
      's.file=Options=-SessionTicket',
      'on=0x4000 s.file=Protocol=-TLSv1.1 s.file=MinProtocol=TLSv1.2',
      's.mode=2 s.tickets=1 s.early=9',
      'level=4 s.context=-1',
      'level=1 verify=1 on=0x2000000 s.context=3',
      's.level=4 s.context=0 s.level=5',
      'level=3 s.verify=1 s.dup=1',
      'min=0x303 s.dup=1 s.max=0x304',
      's.min=0x304 s.clear=1 s.verify=3',
    ],
  ],
  [
    ['MinProtocol = TLSv1.2', 'CipherString = DEFAULT:@SECLEVEL=1'],
    [
      'method=any',
      'method=dtls',
      'min=0',
      'level=3 ciphers=HIGH',
      'on=0x4000 s.new=1',
      'method=only-1.2 s.min=0x303',
      's.context=-1',
    ],
  ],
  [
    ['MaxProtocol = TLSv1.2', 'Options = -SessionTicket, NoRenegotiation', 'VerifyMode = Peer'],
    ['method=any', 'max=0', 'off=0x4000', 'verify=0', 's.on=0x10000000', 'method=client s.new=1'],
  ],
  [
    ['Protocol = ALL, -TLSv1.2', 'Ciphersuites = TLS_AES_128_GCM_SHA256', 'NumTickets = 1'],
    ['method=any', 'method=server', 'file=Protocol=TLSv1.2', 's.suites=TLS_AES_256_GCM_SHA384'],
  ],
  [
    ['CipherString = NONSENSE', 'MinProtocol = TLSv1.2'],
    ['method=any', 'min=0x304', 'ciphers=HIGH'],
  ],
];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsltrace-getters-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the ledger of an audit', () => {
  TABLE.forEach(([configuration, lines], index) => {
    itHasOpenssl(
      `equals what the getters answer: ${lines.length} lines, ${configuration.join(', ') || 'no configuration'}`,
      async () => {
        const program = buildProgram('sets-tls', {
          flags: ['-Wl,--no-as-needed', '-lssl', '-lcrypto', '-Wno-deprecated-declarations'],
        });
        const OPENSSL_CONF = join(folder, `${index}.cnf`);
        writeFileSync(OPENSSL_CONF, openSslConfiguration(configuration));
        const path = join(folder, `${index}.json`);
        const run = await runTsltrace(
          ['--audit', '--audit-format', 'json', '-o', path, '--', program],
          { input: `${lines.join('\n')}\n`, env: { OPENSSL_CONF }, timeoutMs: LONG_MS },
        );
        expect(run.timedOut).toBe(false);
        const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
        const answers = run.stdout.split('\n').slice(0, -1);
        expect(answers).toHaveLength(lines.length);
        const plain = await defaultsOf(program);
        const wrong: string[] = [];
        for (const [number, line] of lines.entries()) {
          const got = JSON.parse(answers[number] ?? '') as Record<string, Answers>;
          const fresh = plain.get(/^method=(dtls|only-1.2)/.exec(line)?.[1] ?? 'any') ?? {};
          for (const holder of holdersOf(report, number, line)) {
            const theirs = got[holder.what];
            wrong.push(
              ...(await differences(program, line, { ...holder, answers: theirs, fresh })),
            );
          }
        }
        expect(wrong).toEqual([]);
      },
      LONG_MS,
    );
  });
});

/** What the report says of the context of a line, and of its connection. */
function holdersOf(
  report: Report,
  number: number,
  line: string,
): readonly Pick<Holder, 'what' | 'ledger'>[] {
  const contexts = ofDepth(report.contexts, 1000 + number);
  expect([line, contexts.map(({ count }) => count)]).toEqual([line, [1]]);
  const settings = contexts[0]?.settings ?? [];
  const context = { what: 'context', ledger: new Map(settings) };
  if (!line.includes('s.')) return [context];
  const connections = ofDepth(report.connections, 1000 + number);
  expect([line, connections.map(({ count }) => count)]).toEqual([line, [1]]);
  // Another context came in place of the one that the line is about.
  const [other] = ofDepth(report.contexts, 5000 + number);
  const own = connections[0]?.settings ?? [];
  return [
    context,
    { what: 'connection', ledger: new Map([...(other?.settings ?? settings), ...own]) },
  ];
}

/** By the depth that marks what a line makes. */
function ofDepth<Profile extends { readonly settings: readonly Entry[] }>(
  profiles: readonly Profile[],
  depth: number,
): readonly Profile[] {
  return profiles.filter(({ settings }) =>
    settings.some(([name, { number }]) => name === 'verify depth' && number === depth),
  );
}

function openSslConfiguration(lines: readonly string[]): string {
  const sections = ['openssl_conf = all', '[all]', 'ssl_conf = ssl', '[ssl]'];
  return [...sections, 'system_default = system', '[system]', ...lines, ''].join('\n');
}

/** What the getters of contexts answer that nobody has set anything of. */
async function defaultsOf(program: string): Promise<ReadonlyMap<string, Answers>> {
  const methods = ['any', 'dtls', 'only-1.2'];
  const input = `${methods.map((method) => `method=${method}`).join('\n')}\n`;
  const { stdout } = await runProgram([program], { input, env: { OPENSSL_CONF: '/dev/null' } });
  const lines = stdout.split('\n').slice(0, -1);
  return new Map(
    lines.map((line, index) => {
      const { context } = JSON.parse(line) as { readonly context: Answers };
      return [methods[index] ?? '', context] as const;
    }),
  );
}

interface Holder {
  readonly what: string;
  readonly ledger: ReadonlyMap<string, Entry[1]>;
  readonly answers: Answers | undefined;
  /** What a holder answers of which nothing was set. */
  readonly fresh: Answers;
}

async function differences(
  program: string,
  line: string,
  { what, ledger, answers, fresh }: Holder,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const [name, answer] of Object.entries(answers ?? {})) {
    const setting = ledger.get(name);
    const said =
      name === 'ciphers'
        ? await expanded(program, ledger)
        : setting?.number === undefined
          ? fresh[name]
          : Number(setting.number);
    if (said !== answer)
      wrong.push(`${line}, ${what}: ${name} is ${said}, the library says ${answer}`);
  }
  return wrong;
}

const lists = new Map<string, string>();

/** The ciphers that the ledger's texts stand for, by the library itself. */
async function expanded(program: string, ledger: ReadonlyMap<string, Entry[1]>): Promise<string> {
  const names = ['cipher list', 'TLS 1.3 suites'];
  const texts = names.map((name) => ledger.get(name)?.value ?? 'unset');
  const id = texts.join(' ');
  let list = lists.get(id);
  if (list === undefined) {
    const { stdout } = await runProgram([program, 'ciphers', ...texts], {
      env: { OPENSSL_CONF: '/dev/null' },
    });
    list = (JSON.parse(stdout) as { readonly ciphers: string }).ciphers;
    lists.set(id, list);
  }
  return list;
}
