/**
 * What people see of OpenSSL in the programs that they know: calls as the programmer wrote them, names where
 * OpenSSL has names, cipher lists and file names in full, and nothing of the payload.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram, runTsltrace, startProgram } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { undecoded } from '../support/undecoded.js';

const python = pythonWithSsl();
const openssl = '/usr/bin/openssl';
const curl = '/usr/bin/curl';
const wget = '/usr/bin/wget';
const hasOpenssl = existsSync(openssl) && existsSync('/usr/lib/x86_64-linux-gnu/libssl.so.3');
const itHasPython = skipUnless(python !== undefined && hasOpenssl, 'needs Python with OpenSSL 3');
const itHasCurl = skipUnless(existsSync(curl) && hasOpenssl, 'needs curl with OpenSSL 3');
const itHasWget = skipUnless(
  existsSync(wget) && hasOpenssl,
  'needs wget, and openssl 3 to serve it',
);
const itHasOpenssl = skipUnless(hasOpenssl, 'needs openssl 3');

/** Commands that only the macro's name makes readable. */
const RAW_COMMAND = /\b(SSL_CTX_ctrl|SSL_ctrl|SSL_callback_ctrl|SSL_CTX_callback_ctrl)\(/;

/** What Python does by itself differs from one distribution to the other. */
const PREPARES_CONTEXT = `
import ssl
context = ssl.create_default_context()
context.minimum_version = ssl.TLSVersion.TLSv1_2
context.set_ciphers('ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256')
`;

/** Numbers for which the public headers have no macro. */
const HAS_NO_NAME = [
  // SSL_get_servername(3), X509_check_purpose(3): none.
  'SSL_get_servername_type, result: -1',
  'X509_check_purpose, id: -1',
  // openssl/bio.h reserves them for kernel TLS, which libssl asks about.
  ...[0x1000, 0x2000, 0x4000].map((flag) => `BIO_test_flags, flags: ${flag}`),
];

describe('a trace of OpenSSL', () => {
  itHasPython(
    'shows how Python prepares a context',
    async () => {
      const { calls, status } = await trace(
        ['-e', 'SSL_CTX*@*'],
        [python ?? '', '-c', PREPARES_CONTEXT],
      );
      expect(status).toBe(0);
      expect(calls.length).toBeGreaterThan(10);
      expect(calls.filter((call) => RAW_COMMAND.test(call))).toEqual([]);
      expect(calls).toContainEqual(
        expect.stringMatching(/SSL_CTX_set_min_proto_version\(0x\w+, TLS1_\d_VERSION\)\s+= 1$/),
      );
      expect(calls).toContainEqual(
        expect.stringMatching(/SSL_CTX_set_verify\(0x\w+, SSL_VERIFY_PEER\b.*= <void>$/),
      );
      expect(calls).toContainEqual(
        expect.stringMatching(
          /SSL_CTX_set_options\(0x\w+, (SSL_OP_\w+\|)+SSL_OP_\w+\)\s+= SSL_OP_/,
        ),
      );
      expect(calls).toContainEqual(
        expect.stringMatching(/SSL_CTX_set_cipher_list\(0x\w+, "[^"]{40,}"\)\s+= 1$/),
      );
    },
    60_000,
  );

  itHasPython(
    'shows a request of Python without its payload',
    () =>
      withTlsServer(async ({ port, certificate }) => {
        const script =
          'import ssl, sys, urllib.request as r\n' +
          'c = ssl.create_default_context(cafile=sys.argv[2])\n' +
          'print(len(r.urlopen("https://localhost:%s/" % sys.argv[1], context=c).read()))\n';
        const { calls, text } = await record(
          ['-e', 'SSL_*@*+BIO_*@*+X509_*@*+PEM_*@*'],
          [python ?? '', '-c', script, String(port), certificate],
        );
        expect(calls.filter((call) => RAW_COMMAND.test(call))).toEqual([]);
        expect(calls).toContainEqual(
          expect.stringMatching(/SSL_set_tlsext_host_name\(0x\w+, "localhost"\)\s+= 1$/),
        );
        expect(text).toMatch(
          new RegExp(`SSL_CTX_load_verify_locations\\(0x\\w+, "${certificate}", nil`),
        );
      }),
    60_000,
  );

  itHasCurl(
    'shows a request of curl',
    () =>
      withTlsServer(async ({ port, certificate }) => {
        const { calls, text } = await record(
          [
            '-e',
            ['SSL', 'BIO', 'X509', 'EVP', 'ERR', 'ASN1']
              .map((each) => `${each}_*@libcurl*`)
              .join('+'),
          ],
          [curl, '-s', '--cacert', certificate, `https://localhost:${String(port)}/`],
        );
        expect(calls.filter((call) => RAW_COMMAND.test(call))).toEqual([]);
        expect(text).toMatch(/SSL_CTX_set_verify\(0x\w+, SSL_VERIFY_PEER, nil\)/);
        expect(text).toMatch(/SSL_get_verify_result\(0x\w+\)\s+= X509_V_OK/);
        expect(text).toMatch(/SSL_CIPHER_get_name\(0x\w+\)\s+= "TLS_\w+"/);
        expect(text).toMatch(/SSL_get_version\(0x\w+\)\s+= "TLSv1\.\d"/);
      }),
    60_000,
  );

  itHasWget(
    'shows a request of wget, which uses GnuTLS',
    () =>
      withTlsServer(async ({ port, certificate }) => {
        const { text } = await record(
          ['-e', 'gnutls_*@wget'],
          [wget, `--ca-certificate=${certificate}`, '-qO-', `https://localhost:${String(port)}/`],
        );
        expect(text).toMatch(/gnutls_init\(0x\w+, GNUTLS_CLIENT\b.*\)\s+= GNUTLS_E_SUCCESS/);
        expect(text).toMatch(/gnutls_server_name_set\(0x\w+, GNUTLS_NAME_DNS, "localhost", 9\)/);
        expect(text).toMatch(/gnutls_x509_crt_check_hostname\(0x\w+, "localhost"\)\s+= 1/);
        expect(text).toMatch(/gnutls_record_send\(0x\w+, <redacted data>, (\d+)\)\s+= \1/);
      }),
    60_000,
  );

  itHasOpenssl(
    'shows a connection of openssl s_client',
    () =>
      withTlsServer(async ({ port, certificate }) => {
        const { calls, text } = await record(
          ['-e', '/^[A-Z][A-Z0-9]*_/@openssl'],
          [openssl, 's_client', '-connect', `localhost:${String(port)}`, '-CAfile', certificate],
        );
        expect(calls.filter((call) => RAW_COMMAND.test(call))).toEqual([]);
        expect(text).toMatch(/SSL_CONF_CTX_set_flags\(0x\w+, SSL_CONF_FLAG_CMDLINE\|\w+\)/);
        expect(text).toMatch(/SSL_version\(0x\w+\)\s+= TLS1_\d_VERSION/);
        expect(text).toMatch(/SSL_CTX_load_verify_file\(0x\w+, "[^"]+cert\.pem"\)\s+= 1/);
      }),
    60_000,
  );
});

interface Traced {
  readonly calls: readonly string[];
  readonly status: number | null;
}

/** Lines of calls, without the caller. */
async function trace(options: readonly string[], command: readonly string[]): Promise<Traced> {
  return withTemporaryFolder(async (folder) => {
    const file = join(folder, 'trace');
    const run = await runTsltrace(['-o', file, ...options, ...command], {
      input: '',
      timeoutMs: 50_000,
    });
    return { calls: callsIn(readFileSync(file, 'latin1')), status: run.status };
  });
}

interface Recorded {
  /** Lines of calls, without the caller. */
  readonly calls: readonly string[];
  readonly text: string;
}

/** The text of a recording. Every call in it is decoded, and neither holds anything of the request. */
function record(options: readonly string[], command: readonly string[]): Promise<Recorded> {
  return withTemporaryFolder(async (folder) => {
    const file = join(folder, 'trace.ndjson');
    await runTsltrace(['-o', file, ...options, ...command], { input: '', timeoutMs: 50_000 });
    const { calls, found } = undecoded(file);
    expect(calls).toBeGreaterThan(10);
    expect(found.filter((each) => !HAS_NO_NAME.includes(each))).toEqual([]);
    const { stderr } = await runTsltrace(['--read', file], { timeoutMs: 20_000 });
    for (const text of [readFileSync(file, 'latin1'), stderr]) {
      expect(text).not.toMatch(/HTTP\/1|User-Agent/);
    }
    return { calls: callsIn(stderr), text: stderr };
  });
}

function callsIn(text: string): string[] {
  const lines = text.split('\n').map((line) => line.replace(/^\S*?->/, ''));
  return lines.filter((line) => line.includes('('));
}

interface TlsServer {
  readonly port: number;
  /** Path of the certificate, which is its own authority. */
  readonly certificate: string;
}

async function withTlsServer(use: (server: TlsServer) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const key = join(folder, 'key.pem');
    const certificate = join(folder, 'cert.pem');
    const made = await runProgram(
      `${openssl} req -x509 -newkey rsa:2048 -nodes -keyout ${key} -out ${certificate} -days 2`
        .split(' ')
        .concat(['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']),
    );
    expect(made.status).toBe(0);
    const server = startProgram(
      `${openssl} s_server -accept 127.0.0.1:0 -key ${key} -cert ${certificate} -www`.split(' '),
      { timeoutMs: 55_000 },
    );
    try {
      await server.sees(/ACCEPT 127\.0\.0\.1:\d+/);
      const port = Number(/ACCEPT 127\.0\.0\.1:(\d+)/.exec(server.output().stdout)?.[1]);
      await use({ port, certificate });
    } finally {
      server.kill('SIGTERM');
      await server.finished();
    }
  });
}

/** The interpreter itself, not a script that starts it. */
function pythonWithSsl(): string | undefined {
  const { stdout, status } = spawnSync(
    'python3',
    ['-c', 'import ssl, sys; assert ssl.OPENSSL_VERSION_INFO[0] == 3; print(sys.executable)'],
    { encoding: 'utf8' },
  );
  return status === 0 ? stdout.trim() : undefined;
}
