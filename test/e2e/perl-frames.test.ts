/** Frames of Perl, as the program itself sees them at the same call. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram, runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs, toolPath } from '../support/toolchain.js';

const perl = toolPath('perl') ?? '';
const itHasPerl = skipUnless(hasTool('perl'), needs('perl'));

/** `mark` makes a call, and says by which subs; `eval {…}` is a part of the sub around it. */
const SCRIPT = `use strict; use warnings;
package Thing; sub new { return bless {}, shift } sub get { main::mark() }
package Tied; sub TIESCALAR { return bless [] } sub FETCH { main::mark(); return 1 }
package Loud; use overload '+' => sub { main::mark(); return 1 }, '""' => sub { 'loud' };
package main;
sub mark { my $parent = getppid(); my ($file, $line) = (__FILE__, __LINE__);
  my @said;
  for (my $i = 0; my @c = caller($i); $i++) {
    next if $c[3] eq '(eval)' && !defined $c[6] && !defined $c[7];
    push @said, "$c[3] $file:$line"; ($file, $line) = @c[1, 2];
  }
  print STDOUT join(' < ', @said, "(main) $file:$line"), "\\n";
  return 1;
}
sub f { my $n = shift; return $n ? f($n - 1) : mark(); }
f(20);
Thing->new->get;
my $made = sub { mark() };
$made->();
{ no strict 'refs'; *{'Thing::added'} = sub { mark() }; }
Thing->added;
eval { mark(); 1 } or die;
eval { eval { mark(); f(1) }; die "x" };
eval "\\n\\nmark(); sub late { mark() } late(); 1" or die;
my @sorted = sort { mark(); $a <=> $b } (3, 1, 2);
my @mapped = map { mark() } 1 .. 2;
tie my $tied, 'Tied'; my $value = $tied;
my $sum = bless({}, 'Loud') + 1;
local $SIG{USR1} = sub { mark() }; kill USR1 => $$;
local $SIG{__WARN__} = sub { mark() }; warn "w";
(my $text = 'ab') =~ s/(.)/mark()/e;
BEGIN { mark() }
END { mark() }
sub DESTROY { mark() } { my $gone = bless []; }
mark(
  1,
  2);
`;

interface Call {
  readonly kind: string;
  readonly text?: string;
  readonly script?: readonly {
    readonly function: string;
    readonly file: string;
    readonly line: number;
  }[];
  readonly backtrace?: readonly {
    readonly language?: string;
    readonly function?: string;
    readonly file?: string;
    readonly line?: number;
  }[];
}

describe('the frames of Perl', () => {
  itHasPerl('are those that it sees itself, and begin with the one that --origin names', () =>
    withTemporaryFolder(async (folder) => {
      const [script, recording] = [join(folder, 'script.pl'), join(folder, 'run.ndjson')];
      writeFileSync(script, SCRIPT);
      const words = ['--origin', '-w', '500', '-e', 'getppid', '-o', recording];
      const run = await runTsltrace([...words, perl, script]);
      expect(run.stderr).toBe('');
      expect(run.status).toBe(0);
      const lines = readFileSync(recording, 'utf8').trim().split('\n');
      const events = lines.map((line) => JSON.parse(line) as Call);
      const calls = events.filter(({ kind }) => kind === 'call');
      const said = run.stdout.trim().split('\n');
      expect(said.length).toBeGreaterThan(20);
      const ours = calls.map(({ backtrace = [] }) =>
        backtrace
          .filter(({ language }) => language === 'perl')
          .map(({ function: name, file, line }) => `${name} ${file}:${line ?? 0}`)
          .join(' < '),
      );
      expect(ours).toEqual(said);
      const first = calls.map(({ script: [frame] = [] }) =>
        frame === undefined ? 'none' : `${frame.function} ${frame.file}:${frame.line}`,
      );
      expect(first).toEqual(said.map((line) => line.split(' < ')[0]));
      expect(events.filter(({ kind }) => kind === 'notice')).toEqual([]);
    }),
  );

  itHasPerl('of a thread that is not its first are not those of the first', () =>
    withTemporaryFolder(async (folder) => {
      const script = join(folder, 'threads.pl');
      writeFileSync(script, 'use threads; threads->create(sub { getppid() })->join; getppid();\n');
      const has = await runProgram([perl, '-Mthreads', '-e', '1']);
      expect(has.status).toBe(0);
      const run = await runTsltrace(['--origin', '-e', 'getppid', perl, script]);
      const places = run.stderr.split('\n').filter((line) => line.includes('getppid'));
      expect(places).toHaveLength(2);
      expect(places[0]).not.toContain('threads.pl');
      expect(places[1]).toContain(`[${script}:1 in (main)] `);
    }),
  );
});
