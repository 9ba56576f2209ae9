/** Secrets stay where they are, whoever describes the functions that get them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { gccCan, hasTool } from '../support/toolchain.js';

const itHashes = skipUnless(hasTool('gcc') && gccCan('-lcrypt'), 'needs gcc and libcrypt');
const program = (): string =>
  buildProgram('hashes-password', { flags: ['-Wl,--no-as-needed', '-lcrypt'] });
const FILTER = ['-e', 'crypt*@MAIN'];
/** As ltrace's own configuration has it. */
const LTRACE_CONF =
  'string crypt(string,string);\nstring crypt_r(string, string, addr);\nint crypt_rn(string, string, addr, int);\n';
const SECRETS = /horse|staple|\$5\$/;

describe('a password that is hashed', () => {
  itHashes('is not shown, and that there is none is', async () => {
    const { stderr, status } = await runTsltrace([...FILTER, program()]);
    expect(status).toBe(0);
    expect(stderr).not.toMatch(SECRETS);
    expect(stderr).toMatch(
      /->crypt\(<redacted phrase>, <redacted setting>\) += <redacted secret>$/m,
    );
    expect(stderr).toMatch(/->crypt_rn\(nil, <redacted setting>, 0x\w+, 1\) += nil /m);
  });

  itHashes('is shown when that is asked for', async () => {
    const { stderr } = await runTsltrace(['--show-secrets', '-s', '100', ...FILTER, program()]);
    expect(stderr).toMatch(/->crypt\("correct horse", "\$5\$saltsalt"\) += "\$5\$saltsalt\$\S+"$/m);
  });

  itHashes('is not shown through files that know no secrets, wherever they are', () =>
    withTemporaryFolder(async (folder) => {
      const own = join(folder, 'own.conf');
      writeFileSync(own, LTRACE_CONF);
      writeFileSync(join(folder, '.ltrace.conf'), LTRACE_CONF);
      mkdirSync(join(folder, '.ltrace'));
      writeFileSync(join(folder, '.ltrace', 'libcrypt.so.conf'), LTRACE_CONF);
      mkdirSync(join(folder, 'empty'));
      const ways = [
        { words: ['-F', own], home: 'empty' },
        { words: ['-F', join(folder, '.ltrace')], home: 'empty' },
        { words: [], home: '' },
      ];
      for (const { words, home } of ways) {
        for (const format of ['text', 'json']) {
          const options = [...words, '--format', format, ...FILTER, program()];
          const { stderr } = await runTsltrace(options, { env: { HOME: join(folder, home) } });
          expect(stderr).toMatch(/crypt/);
          expect(stderr).not.toMatch(SECRETS);
        }
      }
      const asked = await runTsltrace(['--show-secrets', '-F', own, ...FILTER, program()]);
      expect(asked.stderr).toMatch(/->crypt\("correct horse", /);
    }),
  );
});
