/** Where nothing fits what was asked for, somebody says so, and why: live, recorded, with -c. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { inProject } from '../support/project.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const CONF = ['-F', inProject('test/programs/device.conf')];
const program = () => buildProgram('calls-device', { library: 'lib-device' });

/** What tsltrace itself has to say. */
function remarks(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.startsWith('tsltrace: '));
}

/** Asked live and of a recording of everything: both say the same. */
const CONDITIONS: readonly (readonly [condition: string, said: RegExp])[] = [
  ['spede == 3', /no call that was looked at has an argument 'spede'; did you mean speed\?$/],
  ['command == 9 && valeu == 0', /has an argument 'valeu'; did you mean value\?$/],
  ['function == "device_opne"', /was of 'device_opne'; did you mean device_open\?$/],
  ['caller == "lib-device"', /was made by 'lib-device'; did you mean calls-device/],
  ['arg7 == 0', /has an argument 'arg7'/],
  ['value == 12345', /^tsltrace: the condition 'value == 12345' held for no call; \d+ calls were/],
  ['value == TLS1_4_VERSION', /'TLS1_4_VERSION' was never met, and no prototype knows it; did you/],
];

describe('a condition that holds for no call', () => {
  itCompiles('is told of live, and of a recording, with the word that no call has', () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'all.ndjson');
      await runTsltrace([...CONF, '-e', 'device_*', '-o', file, program()]);
      for (const [condition, said] of CONDITIONS) {
        for (const output of [[], ['-c'], ['-o', join(folder, 'text')]]) {
          const asked = [...CONF, '-e', 'device_*', '--where', condition, ...output];
          const live = await runTsltrace([...asked, program()]);
          const read = await runTsltrace(['--read', file, ...asked]);
          for (const run of [live, read]) {
            expect(run.status).toBe(0);
            const lines = remarks(run.stderr);
            expect({ condition, lines }).toEqual({
              condition,
              lines: [expect.stringMatching(said)],
            });
          }
        }
      }
    }),
  );

  itCompiles('is recorded as data, and told of again by who reads it', () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'none.ndjson');
      await runTsltrace([
        ...CONF,
        '-e',
        'device_*',
        '--where',
        'spede == 3',
        '-o',
        file,
        program(),
      ]);
      const read = await runTsltrace(['--read', file]);
      expect(remarks(read.stderr)).toEqual([expect.stringMatching(/did you mean speed\?$/)]);
    }),
  );

  itCompiles('is not doubted when it held', async () => {
    const run = await runTsltrace([...CONF, '-e', 'device_*', '--where', 'speed >= 0', program()]);
    expect(remarks(run.stderr)).toEqual([]);
    expect(run.stderr).toContain('device_set_speed(4)');
  });

  itCompiles('is told of where the word was compared with what is hidden', async () => {
    // arg1 is the command, which the names of these calls say already.
    const where = ['-e', 'device_*_speed', '--where', 'arg1 == TLS1_2_VERSON || retval >= 0'];
    const run = await runTsltrace([...CONF, ...where, program()]);
    expect(run.stderr).toContain('device_set_speed(4)');
    expect(remarks(run.stderr)).toEqual([expect.stringMatching(/did you mean TLS1_2_VERSION\?$/)]);
  });

  it.each([
    ['errno == ENOENTT', /unknown error number 'ENOENTT'; did you mean ENOENT\? at column 10/],
    ['strlen(path) > 3', /there are no functions/],
    ['duratoin > 2ms', /did you mean duration\? at column 1/],
  ])('is refused where that can be known: %s', async (condition, message) => {
    const run = await runTsltrace(['--where', condition, '/bin/true']);
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toMatch(message);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('a filter that fits nothing', () => {
  itCompiles('of a program that runs to its end says why', async () => {
    const asked: readonly (readonly [filter: string, reason: string])[] = [
      ['device_reset-@calls?device', "'-@calls?device' takes it away again, in calls-device"],
      ['device_r*-@MAIN', "'-@MAIN' takes it away again, in calls-device"],
      // The C library calls its own through stubs, and nobody else does.
      ['wmemset', 'inside libc.so.6 itself: use -x'],
    ];
    for (const [filter, reason] of asked) {
      const said = remarks((await runTsltrace(['-e', filter, program()])).stderr);
      expect({ filter, said }).toEqual({ filter, said: [expect.stringContaining(reason)] });
    }
  });

  itCompiles('of a recording is told of as of a program', () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'all.ndjson');
      await runTsltrace([...CONF, '-e', 'device_*', '-o', file, program()]);
      const read = async (...options: readonly string[]) =>
        remarks((await runTsltrace(['--read', file, ...options])).stderr);
      expect(await read('-e', 'device_opn')).toEqual([
        "tsltrace: the filter rule 'device_opn' matched nothing: no such call was recorded; did you mean device_open?",
      ]);
      expect(await read('-l', 'libdevice', '-c')).toEqual([
        "tsltrace: the filter rule 'libdevice' matched nothing: no module of that name was loaded; did you mean libdevice.so.1?",
      ]);
      expect(await read('-e', 'device_*-@MAIN-@libdevice*')).toEqual([
        expect.stringMatching(/matched nothing: '-@\S+' takes it away again, in \S+$/),
      ]);
      expect(await read('-L')).toEqual([
        expect.stringMatching(/no call fits what was asked for; 12 calls were looked at$/),
      ]);
      // A module that was loaded, and made no call that was recorded.
      expect(await read('-e', '@ld?linux*')).toEqual([
        expect.stringMatching(/'@ld\?linux\*' matched nothing: (?!no module of that name)/),
      ]);
      expect(await read('-e', 'device_open')).toEqual([]);
      expect(await read('-e', 'nothing', '--quiet')).toEqual([]);
    }),
  );
});

describe('a comparison', () => {
  itCompiles('that looks at nothing, or at a part, says so also when quiet', () =>
    withTemporaryFolder(async (folder) => {
      const [old = '', young = '', cut = ''] = ['a', 'b', 'cut'].map((name) => join(folder, name));
      await runTsltrace([...CONF, '-e', 'device_*', '--format', 'json', '-o', old, program()]);
      const text = readFileSync(old, 'utf8');
      writeFileSync(young, text);
      const compare = async (...words: readonly string[]) => {
        const { status, stderr } = await runTsltrace(['--compare', ...words]);
        return { status, said: stderr.split('\n').slice(0, -1) };
      };
      const said = (status: number, ...lines: readonly RegExp[]) => ({
        status,
        said: lines.map((line) => expect.stringMatching(line) as string),
      });
      const nothing: readonly (readonly [readonly string[], RegExp])[] = [
        [
          ['-e', 'device_opn'],
          /^tsltrace: the filter rule 'device_opn' matched nothing in both .* did you mean device_open\?$/,
        ],
        [
          ['-l', 'libdevice', '--ignore-counts'],
          /'libdevice' matched nothing in both recordings: no module/,
        ],
        [['--where', 'spede == 3'], /has an argument 'spede'; did you mean speed\?$/],
        [
          ['--where', 'retval == 77777'],
          /'retval == 77777' held for no call; \d+ calls were looked at$/,
        ],
        [['-L'], /no call fits what was asked for; 24 calls were looked at$/],
      ];
      for (const [words, line] of nothing) {
        expect(await compare(...words, old, young)).toEqual(said(0, line));
        expect(await compare('--quiet', ...words, old, young)).toEqual(said(0, line));
      }
      expect(await compare('-e', 'device_open', old, young)).toEqual(said(0));

      // What fits something in one of them alone is a difference.
      writeFileSync(young, text.replaceAll('"device_open"', '"device_shut"'));
      expect(await compare('-e', 'device_open', old, young)).toEqual(said(1));

      const lines = text.split('\n');
      // Of what was lost nobody knows whether it is the same.
      const damaged: readonly (readonly [string, RegExp])[] = [
        [
          lines.slice(0, -3).join('\n') + '\n',
          /^tsltrace: warning: .*cut was cut off; what followed is missing$/,
        ],
        [text.slice(0, -50), /was cut off in the middle of an event/],
        [
          [...lines.slice(0, 3), '{"kind":3}', ...lines.slice(3)].join('\n'),
          /skipped 1 line that makes? no event|skipped 1 line/,
        ],
      ];
      for (const [content, line] of damaged) {
        writeFileSync(cut, content);
        expect(await compare(old, cut)).toEqual(said(125, line));
        expect(await compare(cut, old)).toEqual(said(125, line));
      }
      expect((await compare('--quiet', cut, cut)).said).toHaveLength(2);
    }),
  );
});
