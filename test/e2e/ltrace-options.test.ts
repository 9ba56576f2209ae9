/**
 * Each option of ltrace does what docs/differences-from-ltrace.md says of it. The title of a test is the first cell
 * of its row there; a unit test compares the two lists.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { buildProgram } from '../support/build-programs.js';
import { inProject } from '../support/project.js';
import { runTsltrace, startProgram, startTsltrace, type Run } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, isRoot, needs } from '../support/toolchain.js';

const option = skipUnless(hasTool('gcc'), needs('gcc'));
const optionOfCxx = skipUnless(hasTool('g++'), needs('g++'));
const optionOfRoot = skipUnless(hasTool('gcc') && isRoot(), 'needs root, as -u does');
const PROTOTYPES = inProject('test/programs/agree.conf');

function program(): string {
  return buildProgram('agrees-with-ltrace', { library: 'lib-agree' });
}

/** A run of the fixture that says what it does; `what` is the part of the fixture that runs. */
function agree(options: string, what: string, cwd?: string): Promise<Run> {
  const words = options.split(' ').filter((word) => word !== '');
  return runTsltrace(
    ['-F', PROTOTYPES, ...words, program(), what],
    cwd === undefined ? {} : { cwd },
  );
}

async function traceOf(options: string, what: string): Promise<string> {
  return (await agree(options, what)).stderr;
}

async function linesOf(options: string, what: string): Promise<readonly string[]> {
  return (await traceOf(options, what)).trimEnd().split('\n');
}

/** The mistake is said on one line, with status 2, and nothing was started. */
async function expectRefusal(options: string, message: RegExp): Promise<void> {
  const run = await runTsltrace([...options.split(' '), 'echo', 'started']);
  expect(run).toMatchObject({ status: 2, stdout: '' });
  expect(run.stderr).toMatch(/^tsltrace: [^\n]+\n$/);
  expect(run.stderr).toMatch(message);
}

describe('how a line reads', () => {
  option('-a COLUMN, --align=COLUMN', async () => {
    for (const form of ['-a 70', '-a70', '--align=70', '--align 0x46', '--ali=70']) {
      const line = (await linesOf(`${form} -e add`, 'signal')).find((text) =>
        text.includes('add('),
      );
      expect(line?.indexOf('= ')).toBe(69);
    }
    await expectRefusal('-a x', /-a: 'x' is not an integer/);
  });

  option('-A N', async () => {
    expect(await traceOf('-A 2', 'values')).toContain('sum_of([ 1, 2... ], 3)');
    expect(await traceOf('-A9', 'values')).toContain('sum_of([ 1, 2, 3, 4, 5, 6 ], 6)');
  });

  option('-i', async () => {
    const lines = await linesOf('-i -e add', 'signal');
    const [call = ''] = lines.filter((line) => line.includes('add('));
    const [, address = '', offset = ''] =
      /^\[0x([0-9a-f]+) agrees-with-ltrace\+0x([0-9a-f]+)\] \S/.exec(call) ?? [];
    expect(parseInt(address, 16) % 4096).toBe(parseInt(offset, 16) % 4096);
    expect(lines.at(-1)).toMatch(/^\[0xffffffffffffffff\] \+\+\+ exited/);
  });

  option('-n N, --indent=N', async () => {
    for (const form of ['-n 3', '-n3', '--indent=3']) {
      const lines = await linesOf(`${form} -e calls_back`, 'nested');
      const calls = lines.filter((line) => line.includes('->calls_back'));
      expect(calls.map((line) => line.search(/\S/))).toEqual([0, 3, 6]);
    }
    await expectRefusal('-n 21', /from 0 to 20/);
  });

  option('-r', async () => {
    for (const line of await linesOf('-r -e add', 'nested')) {
      expect(line).toMatch(/^ *\d+\.\d{6} \S/);
    }
    await expectRefusal('-r -t', /-r and -t can't be used together/);
  });

  option('-s N', async () => {
    expect(await traceOf('-s 5', 'values')).toContain('length_of("a tex"...)');
    expect(await traceOf('-s5', 'values')).toContain('length_of("hello")');
  });

  option('-t, -tt, -ttt', async () => {
    const start = async (options: string): Promise<string> =>
      (await traceOf(`${options} -e add`, 'nested')).split(' ')[0] ?? '';
    expect(await start('-t')).toMatch(/^\d\d:\d\d:\d\d$/);
    expect(await start('-tt')).toMatch(/^\d\d:\d\d:\d\d\.\d{6}$/);
    const seconds = Number(await start('-ttt'));
    expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(60);
  });

  option('-T', async () => {
    expect(await traceOf('-T -e add', 'nested')).toMatch(/add\(1, 1\) += 2 <\d+\.\d{6}>$/m);
  });

  optionOfCxx('-C, --demangle', async () => {
    const cplusplus = buildProgram('inlined-calls');
    const mangled = await runTsltrace(['-e', '_ZNSo*@MAIN', cplusplus]);
    expect(mangled.stderr).toMatch(/->_ZNSolsEi\(/);
    for (const form of ['-C', '--demangle']) {
      const readable = await runTsltrace([form, '-e', 'std::ostream::operator<<*@MAIN', cplusplus]);
      expect(readable.stderr).toMatch(/->std::ostream::operator<<\(int\)\(/);
    }
  });

  option('-w N, --where=N', async () => {
    const stacks = async (options: string): Promise<readonly number[]> =>
      (await traceOf(`${options} -e add@MAIN`, 'nested'))
        .split('\n\n')
        .slice(0, -1)
        .map((call) => call.split('\n').filter((line) => line.startsWith(' > ')).length);
    expect(await stacks('-w 3')).toEqual([3]);
    expect(await stacks('-w1')).toEqual([1]);
    expect(await stacks('--where=3')).toEqual([3]);
    const whole = await traceOf('-w 50 -e add@MAIN', 'nested');
    const names = [...whole.matchAll(/^ > [^(\n]*\((\w+)/gm)].map((line) => line[1]);
    expect(names).toEqual([
      ...['once_more', 'calls_back', 'once_more', 'calls_back', 'once_more', 'calls_back'].slice(
        0,
        5,
      ),
      ...names.slice(5),
    ]);
    expect(names).toContain('main');
  });
});

describe('what is traced', () => {
  option('-e FILTER', async () => {
    const calls = await traceOf('-e ad*+half -e strlen@libagree.so.1', 'values');
    const named = new Set([...calls.matchAll(/^(\S+->\w+)\(/gm)].map((line) => line[1]));
    expect([...named].sort()).toEqual([
      'agrees-with-ltrace->add',
      'agrees-with-ltrace->half',
      'libagree.so.1->strlen',
    ]);
    await expectRefusal('-e ma[lloc', /unmatched '\[' at column 3: ma>>>\[lloc/);
  });

  option('-l PATTERN, --library=PATTERN', async () => {
    for (const form of ['-l libagree*', '-llibagree.so.1', '--library=libagree.so.1']) {
      const trace = await traceOf(form, 'nested');
      expect(trace).toMatch(/^agrees-with-ltrace->add\(1, 1\)/m);
      expect(trace).not.toContain('strcmp');
    }
  });

  option('-L', async () => {
    expect(await linesOf('-L', 'values')).toMatchObject({ 0: '+++ exited (status 0) +++' });
    expect(await traceOf('-L -l libagree*', 'nested')).toMatch(/->add\(1, 1\)/);
    await expectRefusal('-L -e add', /-L can't be used with -e/);
  });

  option('-x FILTER', async () => {
    const nested = await traceOf('-L -x once_more -x add@libagree*', 'nested');
    expect(nested).toMatch(/^once_more\(2/m);
    expect(nested).toMatch(/^add@libagree\.so\.1\(1, 1\)/m);
    const fixed = buildProgram('calls-strlen', { flags: ['-static'] });
    const inStatic = await runTsltrace(['-L', '-x', 'main', fixed]);
    expect(inStatic.stderr).toMatch(/^main\(\) += 0$/m);
  });

  option('-b, --no-signals', async () => {
    expect(await traceOf('', 'signal')).toContain(
      '--- SIGUSR1 (User defined signal 1) {si_signo=SIGUSR1, ',
    );
    for (const form of ['-b', '--no-signals']) {
      const quiet = await traceOf(form, 'signal');
      expect(quiet).not.toContain('---');
      // The program got it all the same.
      expect(quiet).toMatch(/^add\(10, 0\)/m);
    }
    expect(await traceOf('-b', 'killed')).toContain('+++ killed by SIGTERM +++');
  });

  option('-S', async () => {
    const all = (await runTsltrace(['-S', '-L', program(), 'signal'])).stderr;
    expect(all).toMatch(/^SYS_kill\(\d+, SIGUSR1\) += 0$/m);
    expect(all).toMatch(/^SYS_mmap\(nil, \d+, PROT_READ\|PROT_WRITE, MAP_PRIVATE\|MAP_ANONYMOUS,/m);
    const run = await runTsltrace(['-S', '-L', 'cat', '/no/such/file']);
    expect(run.stderr).toMatch(
      /^SYS_openat\(AT_FDCWD, "\/no\/such\/file", O_RDONLY\) += -1 ENOENT \(No such file or directory\)$/m,
    );
    const some = await traceOf('-L --syscalls %signal', 'signal');
    expect(some).toMatch(/^SYS_kill\(/m);
    expect(some).not.toContain('SYS_mmap');
  });
});

describe('what runs, and what follows', () => {
  option('-f', async () => {
    expect(await traceOf('-e add', 'vfork')).not.toContain('add(');
    const followed = await traceOf('-f -e add+waitpid', 'vfork');
    const ids = [...followed.matchAll(/^\[pid (\d+)\] \S+->(\w+)\(/gm)].map((line) =>
      line.slice(1),
    );
    expect(ids.map(([, name]) => name)).toEqual(['add', 'waitpid']);
    expect(new Set(ids.map(([id]) => id)).size).toBe(2);
    // Threads are seen without it, and told apart.
    const threads = await runTsltrace([
      '-e',
      'toupper',
      buildProgram('threads-same-function'),
      '2',
      '2',
    ]);
    // From the second thread on that is seen: the first may have made all its calls by then.
    const lines = threads.stderr.trimEnd().split('\n');
    const later = lines.slice(lines.findIndex((line) => line.startsWith('[pid ')));
    const lineIds = later.map((line) => /^\[pid (\d+)\] /.exec(line)?.[1]);
    expect(lineIds).not.toContain(undefined);
    expect(new Set(lineIds).size).toBeGreaterThanOrEqual(2);
  });

  option('-p PID', async () => {
    const targets = [1, 2].map(() => startProgram([buildProgram('prints-ticks'), '5000']));
    await Promise.all(targets.map((target) => target.sees(/tick/)));
    const [first, second] = targets.map(({ pid }) => pid);
    const tracer = startTsltrace(['-l', 'libc.so*', '-p', `${first},${second}`]);
    for (const pid of [first, second]) {
      await tracer.sees(new RegExp(`\\[pid ${pid}\\] prints-ticks->toupper\\('a'\\)`));
    }
    tracer.kill('SIGINT');
    expect(await tracer.finished()).toMatchObject({ status: 0 });
    for (const target of targets) {
      const seen = [...target.output().stdout.matchAll(/tick (\d+)/g)].length;
      await target.sees(new RegExp(`tick ${seen + 2} `));
      target.kill('SIGKILL');
      await target.finished();
    }
    expect(await runTsltrace(['-p', '999999999'])).toMatchObject({
      status: 125,
      stderr: 'tsltrace: cannot attach to 999999999: no such process\n',
    });
  });

  optionOfRoot('-u USER', async () => {
    for (const user of ['nobody', '65534']) {
      const run = await runTsltrace(['-L', '-u', user, 'id', '-u']);
      expect(run).toMatchObject({ status: 0, stdout: '65534\n' });
    }
    const unknown = await runTsltrace(['-u', 'no-such-user', 'echo', 'started']);
    expect(unknown).toMatchObject({ status: 125, stdout: '' });
    expect(unknown.stderr).toMatch(/^tsltrace: -u: cannot find user 'no-such-user'[^\n]*\n$/);
  });
});

describe('where it goes, and other', () => {
  option('-o FILE, --output=FILE', () =>
    withTemporaryFolder(async (folder) => {
      const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
      const plain = await agree('-o plain -e add', 'nested', folder);
      expect(plain.stderr).toBe('');
      expect(read('plain')).toMatch(/^agrees-with-ltrace->add\(1, 1\) += 2$/m);
      await agree('--output=long -e add', 'nested', folder);
      expect(read('long')).toBe(read('plain'));
      await agree('-o x.gz -e add', 'nested', folder);
      expect(gunzipSync(readFileSync(join(folder, 'x.gz'))).toString()).toBe(read('plain'));
      await agree('-o x.ndjson -e add', 'nested', folder);
      expect(JSON.parse(read('x.ndjson').split('\n')[0] ?? '')).toMatchObject({
        format: 'tsltrace',
      });
      // A pipe, whose command prints where tsltrace does.
      const words = ['-o', '|sed s/^/piped:/', '-F', PROTOTYPES, '-e', 'add', program(), 'nested'];
      const piped = await runTsltrace(words, { cwd: folder });
      expect(piped.stdout).toBe(read('plain').replace(/^(?=.)/gm, 'piped:'));
      expect(piped.stderr).toBe('');
      // A file for each process, in both ways to say so.
      for (const form of ['-f -o each.%p', '-ff -o each']) {
        const run = await runTsltrace(
          [...form.split(' '), '-e', 'strlen', 'sh', '-c', 'echo $$; (exec id -u)'],
          {
            cwd: folder,
          },
        );
        const [parent = ''] = run.stdout.split('\n');
        expect(read(`each.${parent}`)).toMatch(/^\d+ sh->strlen\(/m);
        expect(read(`each.${parent}`)).not.toContain('id->');
      }
      expect((await agree('-o no/such/folder', 'nested', folder)).stderr).toBe(
        "tsltrace: can't open no/such/folder for writing: No such file or directory\n",
      );
    }),
  );

  option('-c', async () => {
    const trace = await traceOf('-c -e add', 'values');
    expect(trace).not.toContain('->');
    expect(trace).toMatch(/^% time +seconds +usecs\/call +calls +errors +function$/m);
    expect(trace).toMatch(/^100\.00 +\d+\.\d{6} +\d+ +2 +0 add$/m);
    expect(trace).toMatch(/^Times include tracing: /m);
  });

  option('-F FILE, --config=FILE', () =>
    withTemporaryFolder(async (folder) => {
      const conf = join(folder, 'own.conf');
      const header = join(folder, 'own.h');
      writeFileSync(conf, 'hex(int) add(hex(int), int);\n');
      writeFileSync(header, 'double half(double number);\n');
      const files = `${conf}:${header}`;
      for (const words of [['-F', files], [`--config=${files}`], ['-F', conf, '-F', header]]) {
        const options = [...words, '-e', 'add+half@MAIN'];
        const { stderr } = await runTsltrace([...options, program(), 'values']);
        expect(stderr).toMatch(/->add\(0xfffffff9, 20000\) += 0x4e19$/m);
        expect(stderr).toMatch(/->half\(-4\.500000\) += -2\.250000$/m);
      }
      // A mistake is said on standard error, also with -o.
      writeFileSync(conf, 'int add(intt, int);\nlong half(hex(long));\n');
      const wrong = await runTsltrace(['-F', conf, '-o', join(folder, 'out'), 'true']);
      expect(wrong.stderr).toContain(`tsltrace: ${conf}:1:9: error: unknown type 'intt'\n`);
      expect(readFileSync(join(folder, 'out'), 'utf8')).not.toContain('intt');
      // A file that is not there: what was asked for cannot be done.
      const missing = await runTsltrace(['-F', join(folder, 'none'), 'echo', 'started']);
      expect(missing).toMatchObject({ status: 125, stdout: '' });
      expect(missing.stderr).toMatch(
        /^tsltrace: cannot read the prototypes in \S+none: No such file or directory\n$/,
      );
    }),
  );

  option('-D MASK, --debug=MASK', async () => {
    const help = await runTsltrace(['-D', 'help']);
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toContain('engine');
    const channels = async (options: string): Promise<readonly string[]> => {
      const trace = await traceOf(`${options} -e add`, 'signal');
      return [
        ...new Set([...trace.matchAll(/^DEBUG (\w+): /gm)].map(([, name = '']) => name)),
      ].sort();
    };
    const all = ['engine', 'kernel', 'modules', 'prototypes', 'signals', 'sites'];
    for (const form of ['-D 77', '--debug=77', '--debug'])
      expect(await channels(form)).toEqual(all);
    expect(await channels('-D 12')).toEqual(['modules', 'signals']);
    expect(await channels('-D modules,sites')).toEqual(['modules', 'sites']);
    await expectRefusal('-D 9', /-D: '9' is none of engine, /);
  });

  option('-h, --help', async () => {
    for (const form of ['-h', '--help', '--he']) {
      const run = await runTsltrace([form]);
      expect(run).toMatchObject({ status: 0, stderr: '' });
      expect(run.stdout).toMatch(/^Usage: tsltrace /);
    }
  });

  option('-V, --version', async () => {
    const { version } = JSON.parse(readFileSync(inProject('package.json'), 'utf8')) as {
      version: string;
    };
    for (const form of ['-V', '--version']) {
      expect(await runTsltrace([form])).toMatchObject({
        status: 0,
        stdout: `tsltrace ${version}\n`,
      });
    }
  });
});

describe('the command', () => {
  option('keeps its own words, and ends what -- and its name end', async () => {
    const echo = ['echo', '-e', '-f', '--help', '--', '-o'];
    for (const words of [echo, ['--', ...echo]]) {
      expect(await runTsltrace(['-L', ...words])).toMatchObject({
        status: 0,
        stdout: '-f --help -- -o\n',
      });
    }
  });

  option('may be a script', () =>
    withTemporaryFolder(async (folder) => {
      writeFileSync(join(folder, 'script'), '#!/bin/sh\necho "$0 $1"\nexit 3\n', { mode: 0o755 });
      const run = await runTsltrace(['-e', 'strlen', './script', 'word'], { cwd: folder });
      expect(run).toMatchObject({ status: 3, stdout: './script word\n' });
      expect(run.stderr).toMatch(/->strlen\("/);
    }),
  );

  option('decides how tsltrace ends', async () => {
    expect(await agree('', 'status')).toMatchObject({ status: 3 });
    expect(await agree('', 'killed')).toMatchObject({ signal: 'SIGTERM' });
  });

  option('is found in the folders of PATH', async () => {
    const name = 'agrees-with-ltrace';
    const run = await runTsltrace(['-L', name, 'status'], { env: { PATH: dirname(program()) } });
    expect(run).toMatchObject({ status: 3 });
  });
});
