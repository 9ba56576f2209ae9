/** Functions that are more than one name and one address: what is seen is what was called, once for each call. */
import { buildLibrary, buildProgram, type BuildOptions } from '../support/build-programs.js';
import { inProject } from '../support/project.js';
import { runProgram } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { gccCan, hasTool, needs } from '../support/toolchain.js';
import { traceProgram } from '../support/trace-fixture.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const itCompilesCxx = skipUnless(hasTool('g++'), needs('g++'));
const m32 = skipUnless(gccCan('-m32'), 'needs gcc -m32 (Debian package gcc-multilib)');

const ROUNDS = 3;
const LIBRARY_FLAGS = [
  inProject('test/programs/lib-routes.ld'),
  '-Wl,-init=begins',
  '-Wl,-fini=ends',
];

function buildRoutes(...flags: readonly string[]): string {
  const libraryFlags = [...flags.filter((flag) => flag.startsWith('-m')), ...LIBRARY_FLAGS];
  const exported = '-Wl,--export-dynamic-symbol=rt_answer';
  return buildProgram('routes', {
    library: 'lib-routes',
    libraryFlags,
    flags: [...flags, exported],
  });
}

async function trace(program: string, options: readonly string[], env = {}) {
  const plain = await runProgram([program, String(ROUNDS)], { env });
  const traced = await traceProgram([program, String(ROUNDS)], { options, env });
  expect(traced.run.stdout).toBe(plain.stdout);
  expect(traced.run.status).toBe(plain.status);
  return traced;
}

/** How often each `caller->function` was seen, for functions that match. */
function callsOf(traced: Awaited<ReturnType<typeof trace>>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { caller, name } of traced.transcript.calls) {
    const key = caller === '' ? name : `${caller}->${name}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

const BUILDS: readonly (readonly [string, readonly string[], typeof itCompiles])[] = [
  ['stubs that are bound late', ['-fplt', '-Wl,-z,lazy'], itCompiles],
  ['pointers', ['-fno-plt'], itCompiles],
  ['stubs at fixed addresses', ['-fplt', '-no-pie', '-Wl,-z,now'], itCompiles],
  ['pointers, in 32 bits', ['-m32', '-fno-plt'], m32],
];

describe.each(BUILDS)('a program that calls through %s', (_, flags, itBuilds) => {
  itBuilds('shows IFUNCs, versions, aliases, callbacks and data as they are', async () => {
    // Reading the data, and every function of the library, disturbs neither copies nor thread storage.
    const names = 'picked*+*_name+versioned+rt_*+toupper+tolower';
    const traced = await trace(buildRoutes(...flags), ['-e', names]);
    expect(traced.seen).toEqual(traced.expected);
    expect(callsOf(traced)).toMatchObject({
      'routes->picked': ROUNDS,
      'routes->picked_by_name': ROUNDS,
      'routes->first_name': ROUNDS,
      'routes->second_name': 2 * ROUNDS,
      'libroutes.so.1->rt_answer': ROUNDS,
      'libroutes.so.1->toupper': 1,
      'libroutes.so.1->tolower': 1,
    });
    expect(traced.run.stderr).toBe('');
  });

  itBuilds('shows one line for each function that is entered with -x', async () => {
    const traced = await trace(buildRoutes(...flags), ['-L', '-x', '*@libroutes.so.1']);
    expect(callsOf(traced)).toMatchObject({
      // The function that was chosen has a name of its own.
      chosen: ROUNDS,
      other: ROUNDS,
      // The shortest name of an address stands for all.
      first_name: 3 * ROUNDS,
      versioned: 3 * ROUNDS,
      rt_bump: ROUNDS,
      rt_count: ROUNDS,
      rt_calls_back: 1,
    });
    const named = await trace(buildRoutes(...flags), ['-L', '-x', 'picked*']);
    expect(callsOf(named)).toEqual({ picked: ROUNDS, picked_by_name: ROUNDS });
  });
});

describe('one version of a function', () => {
  it.each([
    ['versioned@@OLD', ROUNDS],
    ['versioned@@NEW', 2 * ROUNDS],
  ])('%s is selected with -e and with -x', async (name, count) => {
    const program = buildRoutes('-fplt');
    const calls = await trace(program, ['-e', name]);
    expect(callsOf(calls)).toEqual({ 'routes->versioned': count });
    const entries = await trace(program, ['-L', '-x', name]);
    expect(callsOf(entries)).toEqual({ versioned: count });
  });
});

describe('a library that another one puts itself before', () => {
  itCompiles('is seen to be called by it', async () => {
    const preload = buildLibrary('lib-interposes');
    const program = buildProgram('counts-calls', { flags: ['-O1'] });
    const traced = await trace(program, ['-e', 'toupper'], { LD_PRELOAD: preload });
    expect(callsOf(traced)).toEqual({
      'counts-calls->toupper': ROUNDS,
      'libinterposes.so.1->toupper': ROUNDS,
    });
  });
});

describe('virtual functions', () => {
  const build: BuildOptions = { library: 'lib-shapes' };

  itCompilesCxx('are seen as calls into their library', async () => {
    const program = buildProgram('virtual-calls', build);
    const traced = await trace(program, ['-e', 'Shape::*+Square::*']);
    expect(traced.seen).toEqual(traced.expected);
    expect(callsOf(traced)).toMatchObject({ 'virtual-calls->_ZNK5Shape4areaEi': ROUNDS });
  });

  itCompilesCxx('are selected by their readable name with -x', async () => {
    const program = buildProgram('virtual-calls', build);
    const traced = await trace(program, ['-L', '-x', 'Shape::corners() const+Square::area']);
    expect(callsOf(traced)).toEqual({
      _ZNK6Square4areaEi: 2 * ROUNDS,
      _ZNK5Shape7cornersEv: 2 * ROUNDS,
    });
  });
});
