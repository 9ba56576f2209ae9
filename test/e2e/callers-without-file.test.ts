/** Calls that come from code which belongs to no module: a JIT's, a foreign function interface's, a mapped file's. */
import { buildProgram } from '../support/build-programs.js';
import { runProgram } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { gccCan, hasTool, needs, toolPath } from '../support/toolchain.js';
import { traceProgram, type TracedFixture } from '../support/trace-fixture.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const m32 = skipUnless(gccCan('-m32'), 'needs gcc -m32 (Debian package gcc-multilib)');
const itHasLuajit = skipUnless(hasTool('luajit'), needs('luajit'));

const ROUNDS = 40;

/** How often each `caller->function` was seen; the file that is mapped has a new name each time. */
function callsOf({ trace }: Pick<TracedFixture, 'trace'>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [, call = ''] of trace.matchAll(/^(.+?->\w+)\(/gm)) {
    const name = call.replace(/mapped-code-\w+/, 'mapped-code');
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

async function traced(filter: string, flags: readonly string[] = []) {
  const command = [buildProgram('calls-from-memory', { flags }), String(ROUNDS)];
  const alone = await runProgram(command);
  const traced = await traceProgram(command, { options: ['-e', filter] });
  expect(traced.run.status).toBe(alone.status);
  expect(traced.run.stdout).toBe(alone.stdout);
  return traced;
}

const FROM_MEMORY = {
  '[anon]->toupper': ROUNDS,
  '[heap]->toupper': ROUNDS,
  'memfd:code-cache->toupper': ROUNDS,
  'mapped-code->toupper': ROUNDS,
};

describe('code that belongs to no module is a caller', () => {
  itCompiles('that is named by the memory it lies in', async () => {
    const all = await traced('toupper+tolower');
    expect(callsOf(all)).toEqual({
      ...FROM_MEMORY,
      '[anon]->tolower': ROUNDS,
      'calls-from-memory->toupper': ROUNDS,
    });
    expect(all.seen).toMatchObject({ toupper: 5 * ROUNDS, tolower: ROUNDS });
  });

  m32('in 32 bits', async () => {
    expect(callsOf(await traced('toupper', ['-m32']))).toMatchObject(FROM_MEMORY);
  });

  itCompiles('of functions that nobody imports', async () => {
    const all = await traced('own_function');
    expect(callsOf(all)).toEqual({ '[anon]->own_function': ROUNDS });
  });

  describe.each([
    ['toupper@[anon]', { '[anon]->toupper': ROUNDS }],
    ['@[anon]', { '[anon]->toupper': ROUNDS, '[anon]->tolower': ROUNDS }],
    ['own_function@[anon]', { '[anon]->own_function': ROUNDS }],
    ['t*@[heap]', { '[heap]->toupper': ROUNDS }],
    ['toupper@memfd:*', { 'memfd:code-cache->toupper': ROUNDS }],
    ['toupper@\\[anon\\]', { '[anon]->toupper': ROUNDS }],
    ['toupper-@[anon]-@[heap]-@MAIN-@memfd*', { 'mapped-code->toupper': ROUNDS }],
  ])('that the filter %s names', (filter, expected) => {
    itCompiles('is all that is shown', async () => {
      const { trace } = await traced(filter);
      expect(callsOf({ trace })).toEqual(expected);
    });
  });
});

describe('code that belongs to no module and ends in a jump to a function', () => {
  for (const [bits, itBuilds, flags] of [
    ['64 bits', itCompiles, []],
    ['32 bits', m32, ['-m32']],
  ] as const) {
    const jumps = async (filter: string) => {
      const command = [buildProgram('jumps-from-memory', { flags }), String(ROUNDS)];
      const alone = await runProgram(command);
      const traced = await traceProgram(command, { options: ['-e', filter] });
      expect(traced.run).toMatchObject({ status: alone.status, stdout: alone.stdout });
      return traced;
    };

    itBuilds(`is its caller in ${bits}`, async () => {
      for (const filter of ['toupper', 'toupper@[anon]', 'toupper@*']) {
        expect(callsOf(await jumps(filter))).toEqual({ '[anon]->toupper': 2 * ROUNDS });
      }
    });

    itBuilds(`is not seen where the function's own library called it, in ${bits}`, async () => {
      const traced = await jumps('strcoll@[anon]');
      expect(callsOf(traced)).toEqual({});
      expect(traced.run.stderr).toContain('no call was seen; watched 1 place');
    });
  }
});

describe('a program with a JIT', () => {
  itHasLuajit('LuaJIT shows every call that compiled code makes', async () => {
    const script = [
      "local ffi = require 'ffi'",
      "ffi.cdef 'int toupper(int c); int abs(int x);'",
      'local s = 0',
      'for i = 1, 500 do s = s + ffi.C.toupper(97 + i % 26) end',
      'for i = 1, 300 do s = s + ffi.C.abs(-i) end',
      'print(s)',
    ].join('\n');
    const command = [toolPath('luajit') ?? '', '-e', script];
    const alone = await runProgram(command);
    const { run, trace } = await traceProgram(command, { options: ['-e', 'toupper+abs'] });
    expect(run).toMatchObject({ status: 0, stdout: alone.stdout });
    expect(trace.match(/->toupper\(/g)).toHaveLength(500);
    expect(trace.match(/->abs\(/g)).toHaveLength(300);
    expect(trace).toContain('[anon]->toupper');
  });
});
