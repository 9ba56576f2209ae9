/**
 * Byte for byte what ltrace 0.7.3 prints, addresses, process ids and times aside, wherever ltrace is right.
 * Where it is not installed its recorded transcripts are used; TSLTRACE_RECORD=1 writes them anew.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { changedCode } from '../support/changed-code.js';
import { ltracePath, runLtrace } from '../support/ltrace-peer.js';
import { normalise } from '../support/normalise.js';
import { inProject } from '../support/project.js';
import { processState, sleep, tracerOf } from '../support/processes.js';
import { runTsltrace, startProgram, type Run, type RunOptions } from '../support/run-tsltrace.js';
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
  '--config=/dev/null : nested',
  '-S : signal',
  '-S : killed',
  '-S -L : signal',
  '-S -L -a 30 : signal',
  '-S -b -T : signal',
  '-S -n 4 -e add+getpid : signal',
  '-S -f -tt : signal',
  '-S -e add : signal',
  '-c : values',
  '-c : nested',
  '-c -L -x add : nested',
  '-c -e add+half : values',
  '-p : waits',
  '-p -f : waits',
  '-p -n 2 -T : waits',
  '-p -b -t : waits',
  '-p -i -a1 : waits',
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
  const line = /^((?:\[pid )?(\d+)\]? |(?=SYS_kill\(PID))(\S.*\)) +(= .*)$/gm;
  const named = text.replace(/\bSYS_kill\(\d+, /g, 'SYS_kill(PID, ');
  return named.replace(line, (_, ...[prefix = '', id = '', call = '', end = '']: string[]) => {
    const ids = id === '' ? 0 : 'PID'.length - id.length;
    const width = prefix.length + ids + call.length;
    return `${prefix}${call}${' '.repeat(Math.max(1, column - 1 - width))}${end}`;
  });
}

/**
 * System calls that no file of ltrace describes are words to it, and those of the dynamic linker differ by its
 * buffers: the lines of those that agree.conf describes are compared.
 */
function withoutOtherSyscalls(text: string): string {
  return text.replace(/^.*\bSYS_(?!(?:kill|getpid|exit_group)\()\w+[( ].*\n/gm, '');
}

/** The rows of the table by name, without times and shares, by which they are ordered; and the remark below it. */
function normaliseTable(text: string): string {
  const lines = text
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('Times include tracing: '));
  const row = /^ *\d+\.\d\d +\d+\.\d{6} +\d+( +\d+ \w+)$/;
  const rows = lines.filter((line) => row.test(line)).map((line) => line.replace(row, 'TIMES$1'));
  const others = lines.filter((line) => !row.test(line));
  return [...others, ...rows.sort()]
    .map((line) => `${line}\n`)
    .join('')
    .replace(/^(100\.00 +)\d+\.\d{6}(?= +\d+ total)/m, '$1TIME');
}

function normaliseAll(text: string, options = ''): string {
  if (/(?:^| )-c\b/.test(options)) return normaliseTable(text);
  return (
    normalise(alignForShortIds(withoutOtherSyscalls(text), columnOf(options)))
      .replace(/^((?:\[pid PID\] |PID )?) +\d+\.\d{6} /gm, '$1ELAPSED ')
      .replace(/^(.*getpid.* = )\d+( <TIME>)?$/gm, '$1PID$2')
      // Ours says what came with a signal, and what threads did when they were attached to.
      .replace(/^(.*--- SIG\w+ \([^)]*\)) \{[^}]*\} ---$/gm, '$1 ---')
      .replace(/^.*--- (?:waits in |runs).* ---\n/gm, '')
      // -i: ours says the module and the offset too.
      .replace(/\[ADDR [^\s\]]+\+0x[0-9a-f]+\] /g, '[ADDR] ')
  );
}

type Runner = (words: readonly string[], options: RunOptions) => Promise<Run>;

/** From the program's folder, so that its path is short and everywhere the same. */
async function transcript(run: Runner, name: string): Promise<string> {
  const [options = '', what = ''] = name.split(/ ?: /);
  const words = options === '' ? [] : options.split(' ');
  const last = words.at(-1) === '--' ? ['--'] : [];
  const before = words.slice(0, words.length - last.length);
  const file = program();
  const command = ['-F', PROTOTYPES, ...before, ...last, './agrees-with-ltrace', what];
  const { stderr } =
    what === 'waits'
      ? await attached(run, ['-F', PROTOTYPES, ...before])
      : await run(command, { cwd: dirname(file), env: environmentOf(options) });
  return normaliseAll(stderr, options);
}

/** The table of -c has more columns than ltrace's where there is room. */
function environmentOf(options: string): Readonly<Record<string, string>> {
  return /(?:^| )-c\b/.test(options) ? { COLUMNS: '60' } : {};
}

/** `-p` in the words gets the process id of a program that goes on when the tracer waits for it. */
async function attached(run: Runner, words: readonly string[]): Promise<Run> {
  const target = startProgram([program(), 'waits']);
  while (!isInCall(target.pid, READ_INPUT)) await sleep(20);
  const traced = words.flatMap((word) => (word === '-p' ? ['-p', String(target.pid)] : [word]));
  const tracing = run(traced, { cwd: dirname(program()) });
  while (target.child.exitCode === null && !isWatched(target.pid)) await sleep(20);
  target.send('x');
  await target.finished();
  return tracing;
}

/** Numbers of wait4 and waitid, of read with its first argument, on x86-64: see proc_pid_syscall(5). */
const WAIT = /^(?:61|247) /;
const READ_INPUT = /^0 0x0 /;

function isInCall(pid: number, call: RegExp): boolean {
  try {
    return call.test(readFileSync(`/proc/${pid}/syscall`, 'utf8'));
  } catch {
    return false;
  }
}

/** Has all its breakpoints, runs again, and its tracer has nothing left to do than to wait for it. */
function isWatched(pid: number): boolean {
  const tracer = tracerOf(pid);
  if (tracer === 0 || changedCode(pid).length === 0) return false;
  return processState(pid) === 'S' && isInCall(tracer, WAIT);
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
        expect(theirs).toMatch(/\+\+\+ | total$/m);
        expect(ours).toBe(theirs);
        expect(recorded.get(name)).toBe(theirs);
      },
      30_000,
    );
  }

  it('every option for which that is possible, in at least sixty combinations', () => {
    expect(new Set(CASES).size).toBeGreaterThanOrEqual(60);
    const words = new Set(CASES.flatMap((name) => name.split(' : ')[0]?.split(' ') ?? []));
    // Added to every case, or compared below: -F, -o. Other by intent: the texts of -D, -h and -V. Not in 0.7.3: -w.
    const letters = Array.from('aAbcCefilLnprsStTux', (letter) => `-${letter}`);
    expect(letters.filter((letter) => !words.has(letter))).toEqual([]);
  });

  afterAll(() => {
    if (!recording) return;
    const sections = CASES.map((name) => `==== ${name}\n${recorded.get(name) ?? ''}`);
    writeFileSync(RECORDED, sections.join(''));
  });
});

describe('the file of -o holds what that of ltrace holds, with', () => {
  const itHasLtrace = skipUnless(hasTool('gcc') && ltracePath() !== undefined, needs('ltrace'));
  for (const options of ['-o', '-f -o', '-n2 -T -o', '-tt -f -o', '-S -o']) {
    itHasLtrace(
      options,
      () =>
        withTemporaryFolder(async (folder) => {
          const what = options.includes('-S') ? 'signal' : 'nested';
          const contents = async (run: Runner, name: string): Promise<string> => {
            const path = `${folder}/${name}`;
            const words = ['-F', PROTOTYPES, ...options.split(' '), path];
            const { stderr } = await run([...words, program(), what], { cwd: folder });
            expect(stderr).toBe('');
            return normaliseAll(readFileSync(path, 'utf8'), options);
          };
          expect(await contents(runTsltrace, 'ours')).toBe(await contents(runLtrace, 'theirs'));
        }),
      30_000,
    );
  }
});
