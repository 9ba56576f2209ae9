/** Calls and tail calls through slots of the GOT: the compiler's flag makes no difference to what is shown. */
import { buildProgram } from '../support/build-programs.js';
import { runProgram } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { gccCan, hasTool, needs } from '../support/toolchain.js';
import { traceProgram } from '../support/trace-fixture.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const m32 = skipUnless(gccCan('-m32'), 'needs gcc -m32 (Debian package gcc-multilib)');
const clang = skipUnless(hasTool('clang'), needs('clang'));
const lld = skipUnless(hasTool('clang') && hasTool('ld.lld'), needs('ld.lld'));

const ROUNDS = 10;
const EVERYTHING = 'got_*+toupper+tolower+own_choice+wmemcpy+wcsncpy';

interface Build {
  readonly name: string;
  readonly flags: readonly string[];
  readonly itBuilds: typeof itCompiles;
  readonly compiler?: string;
}

async function callsOf(
  filter: string,
  { flags, compiler = 'gcc' }: Pick<Build, 'flags' | 'compiler'>,
): Promise<Readonly<Record<string, number>>> {
  const program = buildProgram('through-got', {
    ...{ compiler, flags: ['-O2', ...flags], library: 'lib-through-got' },
    libraryFlags: ['-O2', ...flags.filter((flag) => flag !== '-no-pie')],
  });
  const command = [program, String(ROUNDS)];
  const alone = await runProgram(command);
  const { run, transcript } = await traceProgram(command, { options: ['-e', filter] });
  expect(run).toMatchObject({ status: 0, stdout: alone.stdout, stderr: '' });
  const counts: Record<string, number> = {};
  for (const { caller, name } of transcript.calls) {
    const call = `${caller}->${name}`;
    counts[call] = (counts[call] ?? 0) + 1;
  }
  return counts;
}

const BY_LIBRARY = {
  // Its own exported functions; the pointer in a variable of its own leads to one of them, but crosses nothing.
  'libthrough-got.so.1->got_inner': 3 * ROUNDS,
  'libthrough-got.so.1->got_other': ROUNDS,
};

const BY_PROGRAM = {
  'through-got->got_once': ROUNDS,
  'through-got->got_last': ROUNDS,
  'through-got->got_by_pointer': ROUNDS,
  'through-got->got_often': 1,
  'through-got->got_calls_back': 2,
  // Jumps at the end of functions that the library called.
  'through-got->toupper': 1.5 * ROUNDS,
  'through-got->tolower': 0.5 * ROUNDS,
  'through-got->own_choice': 3 * ROUNDS,
  // wcsncpy goes on to wmemcpy, within libc.
  'through-got->wmemcpy': ROUNDS,
  'through-got->wcsncpy': 3 * ROUNDS,
};

const BUILDS: readonly Build[] = [
  { name: 'stubs', flags: ['-fplt'], itBuilds: itCompiles },
  { name: 'slots', flags: ['-fno-plt'], itBuilds: itCompiles },
  { name: 'slots, not optimised', flags: ['-fno-plt', '-O0'], itBuilds: itCompiles },
  { name: 'slots, at fixed addresses', flags: ['-fno-plt', '-no-pie'], itBuilds: itCompiles },
  { name: 'slots, by clang', flags: ['-fno-plt'], itBuilds: clang, compiler: 'clang' },
  {
    name: 'slots, by clang and lld',
    ...{
      flags: ['-fno-plt', '-fuse-ld=lld', '-DCHOOSES=own_choice'],
      itBuilds: lld,
      compiler: 'clang',
    },
  },
  { name: 'stubs, in 32 bits', flags: ['-m32', '-fplt'], itBuilds: m32 },
  { name: 'slots, in 32 bits', flags: ['-m32', '-fno-plt'], itBuilds: m32 },
  {
    name: 'slots that are filled at once, in 32 bits',
    ...{ flags: ['-m32', '-fno-plt', '-Wl,-z,now'], itBuilds: m32 },
  },
];

describe.each(BUILDS)('calls through $name', ({ itBuilds, ...build }) => {
  itBuilds('are all seen, and none but these', async () => {
    expect(await callsOf(EVERYTHING, build)).toEqual({ ...BY_LIBRARY, ...BY_PROGRAM });
  });

  itBuilds('are known by their callers', async () => {
    const byProgram = await callsOf('@MAIN', build);
    const hasStubs = build.flags.includes('-fplt');
    expect(byProgram).toMatchObject({
      ...BY_PROGRAM,
      // Where the program has a stub, its other pointers to the function are left alone.
      ...(hasStubs && { 'through-got->wcsncpy': ROUNDS }),
    });
    const byLibrary = await callsOf('@libthrough-got.so.1-__cxa_finalize', build);
    expect(byLibrary).toEqual(BY_LIBRARY);
  });
});

describe('a slot that is read once for several calls', () => {
  itCompiles('is a slot', async () => {
    const calls = await callsOf('got_*@libthrough-got.so.1', {
      flags: ['-fno-plt', '-DKEEPS_POINTER'],
    });
    expect(calls).toEqual({
      ...BY_LIBRARY,
      'libthrough-got.so.1->got_inner': 5 * ROUNDS,
    });
  });
});

describe.each([
  { name: '64 bits', flags: ['-fplt', '-DKEEPS_BESIDE_STUB'], itBuilds: itCompiles },
  { name: '32 bits', flags: ['-m32', '-fplt', '-DKEEPS_BESIDE_STUB'], itBuilds: m32 },
])('a slot that is read once beside a stub, in $name', ({ itBuilds, flags }) => {
  itBuilds('is a slot', async () => {
    expect(await callsOf('@MAIN', { flags })).toMatchObject({
      'through-got->got_once': 3 * ROUNDS,
    });
  });
});
