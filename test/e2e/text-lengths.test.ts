/** Texts end where their length says; lists, options and ends of files read as what they are. */
import { skipUnless } from '../support/skip-unless.js';
import { hasTool, needs } from '../support/toolchain.js';
import { traceFixture } from '../support/trace-fixture.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));

const LINES = [
  /^re_compile_pattern\("shown", 5, 0x\w+\) += nil$/m,
  /^mbrtoc16\(0x\w+, "shown", 5, 0x\w+\) += 1$/m,
  /^wcsncmp\("shown", "shown", 5\) += 0$/m,
  /^wcsncmp\("shownHIDDEN", "short", 1000\) += /m,
  /^X509_VERIFY_PARAM_set1_host\(0x\w+, "shown", 5\) += 1$/m,
  /^X509_VERIFY_PARAM_set1_host\(0x\w+, "to its end", 0\) += 1$/m,
  /^sqlite3_bind_text\(0x\w+, 1, "shown", 5, SQLITE_STATIC\) += SQLITE_OK$/m,
  /^sqlite3_bind_text\(0x\w+, 2, "to its end", -1, SQLITE_STATIC\) += SQLITE_OK$/m,
  /^SSL_CTX_set_alpn_protos\(0x\w+, \[ "h2", "http\/1\.1" \], 12\) += 0$/m,
  /^SSL_CTX_set_alpn_protos\(0x\w+, <3 bytes: 056832>, 3\) += 0$/m,
  /^curl_easy_setopt\(0x\w+, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2\|CURL_SSLVERSION_MAX_TLSv1_3\)/m,
  /^curl_easy_setopt\(0x\w+, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS\)/m,
  /^connect\(-1, \{ AF_UNIX, "\/shown" \}, 8\) += -1 EBADF/m,
  /^bind\(-1, \{ AF_UNIX \}, 2\) += -1 EBADF/m,
  /^sendto\(-1, "", 0, 0, \{ AF_UNIX, "\\000shown" \}, 8\) += -1 EBADF/m,
  /^connect\(-1, \{ AF_UNIX, "\/shownHIDDEN" \}, 110\) += -1 EBADF/m,
  /^getsockname\(\d+, \{ AF_UNIX \}, 2\) += 0$/m,
  /^X509_NAME_add_entry_by_txt\(0x\w+, "CN", MBSTRING_ASC, "shown", 5, -1, 0\) += 1$/m,
  /^X509_NAME_add_entry_by_txt\(0x\w+, "CN", MBSTRING_ASC, "to its end", -1, -1, 0\) += 1$/m,
  /^OSSL_PARAM_construct_utf8_string\("digest", "shown", 5\) += /m,
  /^OSSL_PARAM_construct_utf8_string\("digest", "to its end", 0\) += /m,
];

const SYSTEM_CALLS = [
  /^SYS_connect\(-1, \{ AF_UNIX, "\/shown" \}, 8\) += -1 EBADF/m,
  /^SYS_bind\(-1, \{ AF_UNIX \}, 2\) += -1 EBADF/m,
  /^SYS_sendto\(-1, "", 0, 0, \{ AF_UNIX, "\\000shown" \}, 8\) += -1 EBADF/m,
];

const URLS = [
  /^curl_easy_setopt\(0x\w+, CURLOPT_URL, "https:\/\/bob:<redacted>@localhost\/"\)/m,
  /^curl_easy_setopt\(0x\w+, CURLOPT_PROXY, "bob:<redacted>@localhost:3128"\)/m,
];

describe('prototypes with lengths', () => {
  itCompiles('show no more than there is', async () => {
    const options = ['-e', '@MAIN', '--show-secrets'];
    const { run, trace } = await traceFixture('calls-with-lengths', {
      build: { library: 'lib-texts' },
      options,
    });
    expect(run.status).toBe(0);
    const lines = trace.replace(/^\S+->/gm, '');
    for (const line of LINES) expect(lines).toMatch(line);
  });

  itCompiles('show no more than there is of system calls, and no password in a URL', async () => {
    const { trace } = await traceFixture('calls-with-lengths', {
      build: { library: 'lib-texts' },
      options: ['-e', 'curl_easy_setopt', '--syscalls', 'connect,bind,sendto'],
    });
    const lines = trace.replace(/^\S+->/gm, '');
    for (const line of [...SYSTEM_CALLS, ...URLS]) expect(lines).toMatch(line);
    expect(lines).not.toContain('hunter2');
  });

  itCompiles('take the end of a file for no failure', async () => {
    for (const [options, names] of [
      [['-Z'], ['getdelim']],
      [['-z'], ['getline']],
    ] as const) {
      const { transcript } = await traceFixture('calls-with-lengths', {
        build: { library: 'lib-texts' },
        options: [...options, '-e', 'getline+getdelim+__getdelim@MAIN'],
      });
      const seen = transcript.calls.map(({ name }) => name.replace('__getdelim', 'getline'));
      expect({ options, seen }).toEqual({ options, seen: names });
    }
  });
});
