/** Every program of test/programs that runs by itself, with few enough calls to look at each of them. */
import { buildLibrary, buildProgram, type BuildOptions } from './build-programs.js';
import { inProject } from './project.js';

export interface CorpusProgram {
  readonly name: string;
  readonly build?: BuildOptions;
  readonly args?: readonly string[];
  /** Behind the arguments: the path of a second file of this library, which the program loads. */
  readonly loads?: string;
  readonly input?: string;
}

const greets: BuildOptions = { library: 'lib-greet' };

/** By what they are about; a group is traced in one go. */
export const CORPUS: Readonly<Record<string, readonly CorpusProgram[]>> = {
  values: [
    { name: 'agrees-with-ltrace', build: { library: 'lib-agree' }, args: ['values'] },
    { name: 'calls-device', build: { library: 'lib-device' } },
    { name: 'calls-libc', build: { flags: ['-Wl,--no-as-needed', '-lm'] } },
    { name: 'calls-strlen' },
    { name: 'calls-with-lengths', build: { library: 'lib-texts' } },
    { name: 'describes-itself' },
    { name: 'dwarf-classes' },
    { name: 'dwarf-types' },
    { name: 'filled-on-demand', args: ['thread'] },
    { name: 'hashes-password', build: { flags: ['-Wl,--no-as-needed', '-lcrypt'] } },
    { name: 'passes-odd-values', build: { library: 'lib-values' } },
    { name: 'passes-values', build: { library: 'lib-values' } },
    { name: 'reads-input', input: 'some words' },
    { name: 'serves-its-own-file', args: ['thread'] },
    {
      name: 'sets-tls',
      build: {
        flags: ['-Wl,--no-as-needed', '-lssl', '-lcrypto', '-Wno-deprecated-declarations'],
      },
      input: 'min=0x303 s.verify=1\n',
    },
    { name: 'unreadable-pointers' },
    { name: 'uses-primitives', build: { flags: ['-Wl,--no-as-needed', '-lcrypto'] } },
  ],
  calls: [
    { name: 'asks-who-calls', build: { library: 'lib-asks' } },
    { name: 'calls-from-memory', args: ['3'] },
    { name: 'jumps-from-memory', args: ['3'] },
    { name: 'calls-both-ways' },
    { name: 'chooses', build: { library: 'lib-chooses' }, args: ['3'] },
    { name: 'coroutines-swapcontext', build: greets, args: ['10'] },
    {
      name: 'copies-stacks',
      build: { library: 'lib-greet', flags: ['-U_FORTIFY_SOURCE'] },
      args: ['2', '2'],
    },
    { name: 'counts-calls', args: ['50'] },
    { name: 'deep-stack' },
    { name: 'exceptions-out', build: greets, args: ['10'] },
    { name: 'hands-out-free', build: { flags: ['-no-pie', '-fno-pic'] }, args: ['10'] },
    { name: 'has-plain-names' },
    { name: 'inlined-calls' },
    { name: 'longjmp-out', build: greets, args: ['10'] },
    { name: 'loops-at-entry', args: ['3'] },
    { name: 'never-returns' },
    { name: 'matrix-main', build: { library: 'matrix-lib' } },
    { name: 'recursion-deep', build: greets, args: ['100'] },
    {
      name: 'routes',
      build: {
        library: 'lib-routes',
        libraryFlags: [inProject('test/programs/lib-routes.ld')],
      },
    },
    { name: 'copies-its-code' },
    { name: 'filters-sigaction' },
    { name: 'passes-its-mask' },
    { name: 'clones-past-libc' },
    { name: 'throws-in-place', args: ['3'] },
    { name: 'untyped-labels' },
    { name: 'static-work', build: { flags: ['-static'] } },
    { name: 'tail-calls', args: ['10'] },
    { name: 'closes-nothing', build: { flags: ['-O2'] }, args: ['10'] },
    {
      name: 'through-got',
      build: { library: 'lib-through-got', flags: ['-fno-plt'] },
      args: ['3'],
    },
    { name: 'virtual-calls', build: { library: 'lib-shapes' } },
  ],
  libraries: [
    { name: 'calls-in-rounds', loads: 'lib-versions', input: '2' },
    { name: 'dlmopen-namespace', loads: 'lib-greet' },
    { name: 'dlopen-close-reopen', loads: 'lib-greet', args: ['3'] },
    { name: 'dlopen-late', loads: 'lib-greet' },
    { name: 'loads-plugins', loads: 'lib-plugin', args: ['apart', '2'] },
    { name: 'hostile-link-map', args: ['300'] },
  ],
  processes: [
    { name: 'debugs-vfork-child', args: ['2', '1'] },
    { name: 'exec-chain', args: ['2'] },
    { name: 'fork-many', args: ['3'] },
    { name: 'is-a-debugger' },
    { name: 'posix-spawn', args: ['2'] },
    { name: 'ptrace-traceme' },
    { name: 'vfork-exec', args: ['2'] },
    { name: 'waits-for-vfork' },
  ],
  threads: [
    { name: 'calls-in-storms', args: ['2', '20', '2', '2', '2', '2', '20000'] },
    { name: 'busy-threads', args: ['2', '0'] },
    { name: 'exec-from-thread' },
    { name: 'forks-while-threads', args: ['2'] },
    { name: 'leader-ends', args: ['2'], input: 'ends at once' },
    { name: 'mixes-conventions' },
    { name: 'mixes-everything', build: greets, args: ['0.1'], loads: 'lib-greet' },
    { name: 'pthread-exit-cancel', build: greets, args: ['3'] },
    { name: 'threads-come-and-go', args: ['0.1'] },
    { name: 'threads-same-function', args: ['2', '20'] },
    { name: 'works-by-io-uring', args: ['worker'], input: 'ends' },
    { name: 'waits-for-each-other', input: 'x' },
    { name: 'waits-in-threads', input: '' },
    { name: 'waits-behind-jumps', input: '' },
  ],
  signals: [
    { name: 'blocks-sigtrap', args: ['2'] },
    { name: 'calls-kernel-at-once', args: ['3'] },
    { name: 'clones-untraced', build: { flags: ['-fno-builtin'] } },
    { name: 'owns-sigtrap', build: { flags: ['-pthread', '-fno-builtin'] }, args: ['handler'] },
    { name: 'faults-at-entry', build: { flags: ['-fcf-protection=none'] }, args: ['10'] },
    { name: 'goes-astray' },
    { name: 'ignores-signals' },
    { name: 'interrupted-calls' },
    { name: 'waits-alone', args: ['write'], input: 'x' },
    { name: 'waits-in-calls', input: '' },
    { name: 'prints-ticks', args: ['3'] },
    { name: 'gets-signal-pairs', args: ['20'] },
    { name: 'keeps-its-signals', args: ['ticks'], input: '' },
    { name: 'raises-signals' },
    { name: 'raises-sigtrap' },
    { name: 'rings-too-often', args: ['alarm', '0'] },
    { name: 'sigaltstack-handler', build: greets },
    { name: 'signal-handler-calls', args: ['10'] },
    { name: 'sleeps-in-epoll', args: ['4'] },
    { name: 'sleeps-known-times' },
  ],
  'what programs may do': [
    { name: 'change-user' },
    { name: 'checksum-own-code' },
    { name: 'close-all-fds' },
    { name: 'limits-itself', input: 'x' },
    { name: 'loads-behind-a-filter', loads: 'lib-calls-from-everywhere' },
    { name: 'locks-itself-in', args: ['errno'], build: { flags: ['-DSITES=20'] }, input: 'x' },
    { name: 'mprotect-text' },
    { name: 'remaps-text', args: ['file'] },
    { name: 'replaces-library', loads: 'lib-versions', input: 'replace\nlook' },
    { name: 'prints-start-state' },
    { name: 'seccomp-strict' },
  ],
};

/** A shell command that runs these programs one after the other. */
export function corpusCommand(programs: readonly CorpusProgram[]): readonly string[] {
  return ['/bin/sh', '-c', programs.map(shellCommand).join('\n')];
}

function shellCommand({ name, build, args = [], loads, input = '' }: CorpusProgram): string {
  const words = [buildProgram(name, build), ...args];
  // Most of those that load a library take it first.
  const at = { 'mixes-everything': 2, 'loads-plugins': 3 }[name] ?? 1;
  if (loads !== undefined) words.splice(at, 0, secondFile(loads));
  const command = `'${words.join("' '")}'`;
  return input === '' ? command : `echo '${input}' | ${command}`;
}

/** Unlike the file that programs are linked with, it is really unloaded. */
function secondFile(library: string): string {
  return buildLibrary(library, { flags: ['-DSECOND_FILE'] });
}

/** Programs that only make sense to a tracer that knows them, or to a test that plays the tracer, the server, the linker. */
const NEED_HELP = [
  'execs-next',
  'fetches-by-bio',
  'fetches-by-nss',
  'hands-records-over',
  'raises-traps',
  'records-syscalls',
  'runs-each',
  'runs-library',
  'runs-on-a-terminal',
  'shows-memory',
  'survives-its-tracer',
];

/** @param file of test/programs */
export function runsByItself(file: string): boolean {
  const [name = '', ending = ''] = file.split('.');
  if (!['c', 'cc'].includes(ending) || NEED_HELP.includes(name)) return false;
  return !name.startsWith('lib-') && name !== 'matrix-lib';
}
