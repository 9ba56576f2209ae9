/** Mistakes that people make on the command line: each gets one line that says what to do, and nothing is started. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTsltrace } from '../support/run-tsltrace.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';

/** `FILE`: a file that is no recording. */
const MISTAKES: readonly (readonly [words: readonly string[], status: number, said: RegExp])[] = [
  [[], 2, /nothing to trace: name a command, or a process with -p/],
  [['lss'], 127, /lss: command not found/],
  [['/etc/passwd'], 126, /\/etc\/passwd: not executable/],
  [['/tmp'], 126, /\/tmp: is a directory/],
  [['-e'], 2, /-e needs an argument \(FILTER\)/],
  [['-e', 'malloc,free', 'true'], 2, /rules are joined by '\+' at column 7: malloc>>>,free/],
  [['-e', 'ma[lloc', 'true'], 2, /unmatched '\[' at column 3/],
  [['-e', '%tsl', 'true'], 2, /there is no set '%tsl'; did you mean %tls\?/],
  [['-x', '0xzz', 'true'], 2, /'0xzz' is no address: 0x and hexadecimal digits/],
  [['-L', '-e', 'f', 'true'], 2, /-L can't be used with -e/],
  [['--where', 'arg1 = 3', 'true'], 2, /\(equality is ==\) at column 6/],
  [['--where', 'retval == -ENOENT', 'true'], 2, /\(compare errno: errno == ENOENT\)/],
  [['--where', 'errno == ENOENTT', 'true'], 2, /did you mean ENOENT\?/],
  [['--where', 'strlen(path) > 3', 'true'], 2, /there are no functions/],
  [['--syscalls', '%fil', 'true'], 2, /unknown class; did you mean %file\?/],
  [['--colour=always', 'true'], 2, /unknown option '--colour'; did you mean '--color'\?/],
  [['--format', 'jsn', 'true'], 2, /'jsn' is none of .*; did you mean json\?/],
  [['--group-by', 'libary', 'true'], 2, /'libary' is none of .*caller.*/],
  [['--sort', 'tota', 'true'], 2, /did you mean total\?/],
  [['-s', 'abc', 'true'], 2, /-s: 'abc' is not an integer from 0/],
  [['--detach-after', '3x', 'true'], 2, /neither a number of calls nor a time like 5s/],
  [['-c', '--format', 'json', 'true'], 2, /exclude each other; see --summary-format/],
  [['--audit', '--otlp', 'localhost:4318', 'true'], 2, /is no URL of http or https/],
  [['--otlp', 'http://localhost:4318', 'true'], 2, /--otlp needs --audit/],
  [['-e', 'a+0x12fC->malloc', 'true'], 2, /not a place in it: leave out '\+0x12fC' at column 2/],
  [['-e', 'free-[anon]+0x8->malloc', 'true'], 2, /leave out '\+0x8' at column 12/],
  [['--where', 'errno == 9999', 'true'], 2, /no error has the number 9999 at column 10/],
  [['--where', '600 != errno', 'true'], 2, /no error has the number 600 at column 1/],
  [['--where', 'library == libc.so.6 libm', 'true'], 2, /expected .* at column 22/],
  [['-c', '--sort', 'calls', '--format', 'html', 'true'], 2, /--sort is for the table of -c/],
  [['-p', 'abc'], 2, /'abc' is not a process id/],
  [['-p', '99999999'], 125, /no such process/],
  [['-u', 'nobodyx', 'true'], 125, /cannot find user 'nobodyx'|only root/],
  [['-o', '/nowhere/x', 'true'], 125, /can't open \/nowhere\/x for writing: No such file/],
  [['-F', '/nowhere/x.conf', 'true'], 125, /cannot read the prototypes in \/nowhere\/x\.conf/],
  [['--read', '/nowhere/x'], 125, /cannot read \/nowhere\/x: No such file or directory/],
  [
    ['--read', 'FILE'],
    125,
    /is not a recording of tsltrace; a recording is what --format json writes/,
  ],
  [['--compare', 'FILE'], 2, /--compare needs two recordings: --compare OLD NEW/],
  [['--completion', 'tcsh'], 2, /'tcsh' is none of bash, zsh, fish/],
  [['-l', '', 'true'], 2, /-l '': a pattern for the name of a library is missing/],
  [['-e', 'malloc@@', 'true'], 2, /a version is missing after '@@' at column 9/],
  [
    ['--where', 'errno == -2', 'true'],
    2,
    /error numbers are positive: errno == ENOENT at column 10/,
  ],
  [['--where', 'path == /etc/passwd', 'true'], 2, /unexpected '\/' \(text stands in quotes\)/],
  [['--where', 'size > 10kb', 'true'], 2, /unexpected 'k' in a number at column 10/],
  [['--where', 'duration > 2', 'true'], 2, /a duration needs a unit: ns, us, ms or s/],
  [['--where', 'retval == "a', 'true'], 2, /text that does not end at column 11/],
  [['--where', 'path == libc.so.6', 'true'], 2, /unexpected '\.' \(text stands in quotes\)/],
  [['--compare', 'a', 'b', '-e', 'f'], 2, /--compare OLD NEW; options stand before them/],
  [['--policy', 'basic', 'true'], 2, /--policy needs --audit/],
  [['--expect', 'SSL_new', 'true'], 2, /--expect needs --audit/],
  [['--redact-peers', 'true'], 2, /--redact-peers needs --audit/],
  [['-c', '--blind', 'warn', 'true'], 2, /--blind needs --audit/],
  [['--because', 'tests', '--read', 'FILE'], 2, /--because needs --audit/],
  [['--audit', '--allow', 'TLS-KEYLOG', 'true'], 2, /TLS-KEYLOG needs a --because behind it/],
  [['--label', 'nokey', 'true'], 2, /--label: 'nokey' is not KEY=VALUE/],
  [['--names', '-c', 'true'], 2, /--names: -c shows no arguments/],
  [['--list', '-c', 'true'], 2, /--list shows no calls that could be counted/],
  [['--fo', 'json', 'true'], 2, /'--fo' could be any of --follow, --follow-only, --format/],
  [['-o', '/tmp', 'true'], 125, /can't open \/tmp for writing: Is a directory/],
  [['-o', '', 'true'], 2, /-o needs the name of a file, or \|COMMAND/],
  [['-p', '1,,2'], 2, /-p: '' is not a process id/],
  [['-p', '2'], 125, /cannot attach to 2: (?:it is a kernel thread|no such process)/],
  [['--syscalls', 'open,,read', 'true'], 2, /a name is missing at column 6/],
  [['--read', '/tmp'], 125, /cannot read \/tmp: Is a directory/],
];

describe('a mistake on the command line', () => {
  it.each(MISTAKES)('is one line: %j', (words, status, said) =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'some.json');
      writeFileSync(file, '{"some": "thing else"}\n');
      const run = await runTsltrace(words.map((word) => (word === 'FILE' ? file : word)));
      expect(run).toMatchObject({ status, stdout: '' });
      expect(run.stderr).toMatch(said);
      expect(run.stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(run.stderr).toMatch(/^tsltrace: /);
    }),
  );
});
