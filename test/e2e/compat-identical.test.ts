/**
 * Byte for byte what ltrace 0.7.3 prints, addresses, process ids and times aside, wherever ltrace is right.
 * Where it is not installed its recorded transcripts are used; TSLTRACE_RECORD=1 writes them anew.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { ltracePath, runLtrace } from '../support/ltrace-peer.js';
import { normalise } from '../support/normalise.js';
import { inProject } from '../support/project.js';
import { runTsltrace, type Run } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

/** Options, then a colon, then what the program is to do. */
const CASES = [
  ': values',
  ': nested',
  ': signal',
  ': status',
  ': killed',
  ': exec',
  '-- : nested',
  '-a 40 : values',
  '-a 0 : values',
  '-a 1 : nested',
  '-a200 : nested',
  '-a 0x40 : nested',
  '-a 70 : killed',
  '--align=20 : nested',
  '--align 60 : nested',
  '-A 0 : values',
  '-A 2 : values',
  '-A10 : values',
  '-b : signal',
  '-b : killed',
  '--no-signals : signal',
  '-C : nested',
  '--demangle : values',
  '-e add : values',
  '-eadd : values',
  '-e add+half : values',
  '-e add -e half : values',
  '-e *_of : values',
  '-e a*-add : values',
  '-e add@MAIN : nested',
  '-e /a.*/@MAIN : values',
  '-e /add\\|half/ : values',
  '-e ?dd : values',
  '-e [ah]*@MAIN : values',
  '-e strlen@libagree.so.1 : values',
  '-e exec* : exec',
  '-f : values',
  '-f : exec',
  '-f -tt : nested',
  '-f -u root : nested',
  '-i -a 1 : nested',
  '-i -a1 : signal',
  '-i -a1 : killed',
  '-i -t -f -a 1 : nested',
  '-l libagree.so.1 : nested',
  '-l libagree* : values',
  '--library=libagree* : values',
  '-llibagree.so.1 -e strcmp : nested',
  '-L -l libagree.so.1 : nested',
  '-L -x add : nested',
  '-L -x add@libagree.so.1 : values',
  '-L -x *_of@libagree* : values',
  '-L -x once_more : nested',
  '-L -x main : nested',
  '-x add : nested',
  '-x on_signal : signal',
  '-e add -x add : values',
  '-n 2 : nested',
  '-n2 -e calls_back+add : nested',
  '--indent=4 : nested',
  '-n 20 -a 70 : nested',
  '-n 3 -L -x once_more : nested',
  '-n 5 -e add+calls_back : exec',
  '-r : nested',
  '-r -T : values',
  '-s 3 -e second_of : values',
  '-s80 : values',
  '-s 0x18 : values',
  '-t : nested',
  '-tt : nested',
  '-ttt : nested',
  '-t -t : nested',
  '-tttt : nested',
  '-T : nested',
  '-T -n 2 : nested',
  '-u root : nested',
  '-b -n2 -a60 -s9 -A1 -T -tt : values',
  '-btTs9 -a60 : nested',
] as const;

const PROTOTYPES = inProject('test/programs/agree.conf');
const RECORDED = inProject('test/golden/ltrace-0.7.3.txt');

// Without debug information, so that neither knows more than the file of prototypes says.
const program = (): string =>
  buildProgram('agrees-with-ltrace', {
    library: 'lib-agree',
    flags: ['-g0'],
    libraryFlags: ['-g0'],
  });

/** Where `=` stands on eighty columns, or as `-a` says. */
function columnOf(options: string): number {
  return Number(/(?:^| )(?:-a|--align)[ =]?(\w+)/.exec(options)?.[1] ?? 50);
}

/**
 * As if every process id had the three digits of `PID`: padding is counted from the beginning of the line, and
 * process ids grow by a digit when a machine has run for a while.
 */
function alignForShortIds(text: string, column: number): string {
  const line = /^((?:\[pid )?(\d+)\]? )(\S.*\)) +(= .*)$/gm;
  return text.replace(line, (_, ...[prefix = '', id = '', call = '', end = '']: string[]) => {
    const width = prefix.length - id.length + 'PID'.length + call.length;
    return `${prefix}${call}${' '.repeat(Math.max(1, column - 1 - width))}${end}`;
  });
}

function normaliseAll(text: string, options = ''): string {
  return (
    normalise(alignForShortIds(text, columnOf(options)))
      .replace(/^((?:\[pid PID\] |PID )?) +\d+\.\d{6} /gm, '$1ELAPSED ')
      .replace(/^(.*getpid.* = )\d+$/gm, '$1PID')
      // -i: ours says the module and the offset too.
      .replace(/\[ADDR [^\s\]]+\+0x[0-9a-f]+\] /g, '[ADDR] ')
  );
}

type Runner = (words: readonly string[], options: { readonly cwd: string }) => Promise<Run>;

/** From the program's folder, so that its path is short and everywhere the same. */
async function transcript(run: Runner, name: string): Promise<string> {
  const [options = '', what = ''] = name.split(/ ?: /);
  const words = options === '' ? [] : options.split(' ');
  const last = words.at(-1) === '--' ? ['--'] : [];
  const before = words.slice(0, words.length - last.length);
  const file = program();
  const command = ['-F', PROTOTYPES, ...before, ...last, './agrees-with-ltrace', what];
  const { stderr } = await run(command, { cwd: dirname(file) });
  return normaliseAll(stderr, options);
}

/** Sections that begin with a line `==== NAME`. */
function readRecorded(): Map<string, string> {
  const text = existsSync(RECORDED) ? readFileSync(RECORDED, 'utf8') : '';
  const sections = text.split(/^==== /m).slice(1);
  return new Map(
    sections.map((section) => {
      const end = section.indexOf('\n');
      return [section.slice(0, end), section.slice(end + 1)];
    }),
  );
}

const recorded = readRecorded();
const recording = process.env['TSLTRACE_RECORD'] === '1';

async function whatLtracePrints(name: string): Promise<string> {
  if (ltracePath() === undefined) return recorded.get(name) ?? '';
  const live = await transcript(runLtrace, name);
  if (recording) recorded.set(name, live);
  return live;
}

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));

describe('the output is that of ltrace 0.7.3, byte for byte, with', () => {
  for (const name of CASES) {
    itCompiles(
      name,
      async () => {
        const [theirs, ours] = await Promise.all([
          whatLtracePrints(name),
          transcript(runTsltrace, name),
        ]);
        expect(theirs).toContain('+++ ');
        expect(ours).toBe(theirs);
        expect(recorded.get(name)).toBe(theirs);
      },
      30_000,
    );
  }

  it('at least sixty combinations', () => {
    expect(new Set(CASES).size).toBeGreaterThanOrEqual(60);
  });

  afterAll(() => {
    if (!recording) return;
    const sections = CASES.map((name) => `==== ${name}\n${recorded.get(name) ?? ''}`);
    writeFileSync(RECORDED, sections.join(''));
  });
});

describe('the file of -o holds what that of ltrace holds, with', () => {
  const itHasLtrace = skipUnless(hasTool('gcc') && ltracePath() !== undefined, needs('ltrace'));
  for (const options of ['-o', '-f -o', '-n2 -T -o', '-tt -f -o']) {
    itHasLtrace(
      options,
      () =>
        withTemporaryFolder(async (folder) => {
          const contents = async (run: Runner, name: string): Promise<string> => {
            const path = `${folder}/${name}`;
            const words = ['-F', PROTOTYPES, ...options.split(' '), path];
            const { stderr } = await run([...words, program(), 'nested'], { cwd: folder });
            expect(stderr).toBe('');
            return normaliseAll(readFileSync(path, 'utf8'), options);
          };
          expect(await contents(runTsltrace, 'ours')).toBe(await contents(runLtrace, 'theirs'));
        }),
      30_000,
    );
  }
});
