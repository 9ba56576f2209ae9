/** A traced program cannot tell, and neither can whoever reads its output. */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram } from '../support/build-programs.js';
import { runProgram, runTsltrace, tsltraceCommand, type Run } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { debianPython, hasTool, needs } from '../support/toolchain.js';
import { inProject } from '../support/project.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));

function outcome(run: Run): Pick<Run, 'stdout' | 'stderr' | 'status' | 'signal'> {
  const { stdout, stderr, status, signal } = run;
  return { stdout, stderr, status, signal };
}

async function expectSame(
  options: readonly string[],
  command: readonly string[],
  input = '',
): Promise<void> {
  const alone = await runProgram(command, { input });
  const traced = await runTsltrace(['-o', '/dev/null', ...options, ...command], {
    input,
    timeoutMs: 100_000,
  });
  expect(outcome(traced)).toEqual(outcome(alone));
}

const programs: readonly (readonly [
  command: readonly string[],
  needs: Parameters<typeof hasTool>[0] | undefined,
  input?: string,
])[] = [
  [['ls', '-la', '/usr/include'], undefined],
  [['cat', '/etc/passwd', '/nonexistent'], undefined],
  [['sort', '-r'], undefined, 'b\nc\na\n'.repeat(50)],
  [
    ['bash', '-c', 'for i in 1 2 3; do echo $i; done; x=$(ls / | wc -l); test -n "$x"; exit 4'],
    undefined,
  ],
  [['find', inProject('src/base'), '-name', '*.ts', '-size', '+0'], undefined],
  [['tar', 'cf', '-', '-C', inProject('src'), '--sort=name', '--mtime=@0', 'base'], undefined],
  [['git', '--version'], 'git'],
  [
    [
      'git',
      '-c',
      'safe.directory=*',
      '-C',
      inProject(),
      'grep',
      '-c',
      'import',
      'HEAD',
      '--',
      'src/base',
    ],
    'git',
  ],
  [
    ['perl', '-e', 'print join(",", map { $_ * 2 } sort { $b <=> $a } 1 .. 50), "\\n"; exit 9'],
    'perl',
  ],
  [['openssl', 'dgst', '-sha256', '/etc/passwd'], 'openssl'],
];

describe('output and status with and without tracing are the same for', () => {
  for (const [command, tool, input] of programs) {
    const itHas = tool === undefined ? it : skipUnless(hasTool(tool), needs(tool));
    const name = command.join(' ').replace(inProject(), '.').slice(0, 60);
    itHas(name, () => expectSame([], command, input), 120_000);
  }

  const python = debianPython();
  skipUnless(python !== undefined, 'needs /usr/bin/python3 (Debian package python3)')(
    'python3 with threads, a child and an exception',
    () =>
      expectSame(
        ['-f', '-e', 'malloc@libc.so.6+pthread_*@*'],
        [
          python ?? '',
          '-c',
          'import threading, subprocess, sys\n' +
            't = [threading.Thread(target=lambda: sum(range(1000))) for _ in range(4)]\n' +
            '[x.start() for x in t]; [x.join() for x in t]\n' +
            "print(subprocess.run(['echo', 'child'], capture_output=True).stdout)\n" +
            'sys.exit(11)\n',
        ],
      ),
    120_000,
  );

  itCompiles(
    'gcc on a small file, with -f: the same object file',
    () =>
      withTemporaryFolder(async (folder) => {
        const source = join(folder, 'small.c');
        writeFileSync(source, 'int twice(int x) { return 2 * x; }\n');
        const alone = await runProgram(['gcc', '-O2', '-S', '-o', '-', source]);
        const traced = await runTsltrace(
          ['-f', '-o', '/dev/null', '-e', 'str*@MAIN', 'gcc', '-O2', '-S', '-o', '-', source],
          { timeoutMs: 100_000 },
        );
        expect(alone.stdout).toContain('twice');
        expect(outcome(traced)).toEqual(outcome(alone));
      }),
    120_000,
  );
});

describe('the state that a program starts in', () => {
  /** What must differ: nothing. What the harness changes from run to run is taken out. */
  const state = (text: string): readonly string[] =>
    text
      .split('\n')
      .filter((line) => !/^environment (_|OLDPWD)=|^\/proc\/self\/autogroup/.test(line));

  itCompiles('is the same, descriptors, limits, signals and credentials included', async () => {
    const program = buildProgram('prints-start-state');
    const descriptor = openSync('/etc/hostname', 'r');
    try {
      const options = { descriptors: [descriptor] };
      const alone = await runProgram(['sh', '-c', `exec "$@"`, 'sh', program, 'a', ''], options);
      const traced = await runProgram(
        ['sh', '-c', `exec "$@"`, 'sh', ...tsltraceCommand(), '-o', '/dev/null', program, 'a', ''],
        options,
      );
      expect(alone.status).toBe(7);
      expect(alone.stdout).toMatch(/^fd 3 \/etc\/hostname/m);
      // exec makes the shell's process the leader; tsltrace stays and leads, as any parent would.
      const comparable = (text: string): readonly string[] =>
        state(text).filter((line) => !/^(leads its group|group of the parent)/.test(line));
      expect(comparable(traced.stdout)).toEqual(comparable(alone.stdout));
      expect(traced.status).toBe(7);
    } finally {
      closeSync(descriptor);
    }
  });

  itCompiles('keeps ignored and blocked signals, limits and the umask of the caller', async () => {
    const program = buildProgram('prints-start-state');
    // A second command in the shell keeps it from exec, so that both are children of a shell.
    const start = (words: string): string =>
      `trap '' INT PIPE USR2; umask 037; ulimit -n 777; ulimit -c 0; ${words}; exit $?`;
    const alone = await runProgram(['sh', '-c', start(`${program} x`)]);
    const traced = await runProgram([
      'sh',
      '-c',
      start(`${tsltraceCommand().join(' ')} -o /dev/null ${program} x`),
    ]);
    expect(alone.stdout).toContain('signal 13 ignored');
    expect(state(traced.stdout)).toEqual(state(alone.stdout));
    expect(traced.status).toBe(7);
  });

  itCompiles('leaves a pipe of ours blocking', async () => {
    const run = await runTsltrace(['-o', '/dev/null', buildProgram('prints-start-state')]);
    const flags = /^fd 1 pipe:? flags ([0-9a-f]+)/m.exec(run.stdout)?.[1] ?? '';
    expect(Number.parseInt(flags, 16) & 0o4000).toBe(0); // O_NONBLOCK
  });
});
