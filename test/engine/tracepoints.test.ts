/** Where breakpoints are put in built images, by the calls that they catch. */
import type { EngineOptions } from '../../src/engine/engine-options.js';
import { listTracepoints } from '../../src/engine/list-tracepoints.js';
import {
  parseCallFilter,
  parseFunctionFilter,
  parseLibraryFilter,
} from '../../src/filter/parse-filter.js';
import { silentLog } from '../../src/base/debug-log.js';
import type { CoverageEvent, TraceEvent } from '../../src/trace/event.js';
import { bareOptions } from '../support/attached-kernel.js';
import { makeMachine, Player, PID, traceMachine } from '../support/machine/trace-machine.js';
import type { Doing } from '../support/machine/machine.js';
import { REG } from '../support/machine/machine.js';
import { IMPORTS, POINTED, type Import } from '../support/machine/world.js';
import { captureNothing } from '../../src/lens/capture.js';

/** Calls every import once, and the function of the program's own and of libc that has no stub. */
const everything = function* (player: Player): Doing {
  const { own, returnsTo, functions } = player.world;
  for (const name of IMPORTS) {
    const target = name === 'memcpy' ? functions.fast_memcpy : functions[name];
    yield* player.thread.call(returnsTo[name], [player.world.stubs[name], target]);
  }
  yield* player.thread.call(returnsTo.puts, [own.helper]);
  yield* player.thread.call(returnsTo.puts, [functions.qsort]);
};

function callsFor(options: Partial<EngineOptions>): readonly string[] {
  const { events } = traceMachine({ body: everything, options: { calls: [], ...options } });
  return events.flatMap((event) => (event.kind === 'call' ? [event.symbol] : []));
}

const calls = (...texts: readonly string[]): Partial<EngineOptions> => ({
  calls: texts.map((text) => parseCallFilter(text)),
});

describe('calls are caught', () => {
  it.each<[string, Partial<EngineOptions>, readonly string[]]>([
    ['-e @MAIN', calls('@MAIN'), [...IMPORTS]],
    ['-e puts', calls('puts'), ['puts']],
    ['-e puts+strlen', calls('puts+strlen'), ['puts', 'strlen']],
    ['-e *-puts', calls('*-puts'), IMPORTS.filter((name) => name !== 'puts')],
    ['-e puts@libc.so.6', calls('puts@libc.so.6'), []],
    ['-l libc.so.6', { libraries: [parseLibraryFilter('libc.so.6')] }, [...IMPORTS]],
    ['-l libother.so', { libraries: [parseLibraryFilter('libother.so')] }, []],
    ['-x helper', { functions: [parseFunctionFilter('helper')] }, ['helper']],
    ['-x puts', { functions: [parseFunctionFilter('puts')] }, ['puts']],
    ['-x q*@libc.so.6', { functions: [parseFunctionFilter('q*@libc.so.6')] }, ['qsort']],
    ['-e memcpy', calls('memcpy'), ['memcpy']],
  ])('%s', (_, options, expected) => {
    expect([...callsFor(options)].sort()).toEqual([...expected].sort());
  });

  it.each(['qsort', '*'])('through a pointer that the linker filled, for -e %s', (rule) => {
    const { lines } = traceMachine({
      calls: [rule],
      body: function* (player) {
        const { pointed, functions } = player.world;
        yield* player.thread.call(pointed.returnsTo, [functions.qsort]);
      },
    });
    expect(lines).toEqual([`${PID} qsort(`, `${PID} qsort)`]);
  });

  it('not inside of a library, which goes through no pointer', () => {
    const { lines } = traceMachine({
      calls: ['qsort'],
      body: function* (player) {
        const { functions } = player.world;
        yield* player.thread.call(functions.puts + 4, [functions.qsort]);
      },
    });
    expect(lines).toEqual([]);
  });

  it.each([
    ['label', ['label']],
    ['main+label', ['label']],
    ['*', ['label']],
  ])('at labels that are called, for -x %s', (rule, expected) => {
    const { events } = traceMachine({
      calls: [],
      functions: [rule],
      body: function* (player) {
        yield* player.thread.call(player.world.own.helper - 2, [player.world.label]);
      },
    });
    expect(events.flatMap((event) => (event.kind === 'call' ? [event.symbol] : []))).toEqual(
      expected,
    );
  });

  it('at labels that nobody calls only by their names, and if they are code', () => {
    const { events } = traceMachine({
      calls: [],
      functions: ['quiet', 'table'],
      body: function* (player) {
        yield* player.thread.call(player.world.returnsTo.puts, [player.world.quiet]);
      },
    });
    expect(events.flatMap((event) => (event.kind === 'call' ? [event.symbol] : []))).toEqual([
      'quiet',
    ]);
    const last = events.at(-1);
    const refused =
      last?.kind === 'coverage' ? last.modules.flatMap((module) => module.refused) : [];
    expect(refused.map(({ symbol }) => symbol)).toEqual(['table']);
  });

  it('at an address that is named', () => {
    const helper = makeMachine().world.own.helper;
    expect(
      callsFor({ functions: [parseFunctionFilter(`0x${helper.toString(16)}@program`)] }),
    ).toEqual([`0x${helper.toString(16)}`]);
  });

  it('from an instruction that goes on to the function by a tail call', () => {
    const { events } = traceMachine({
      calls: ['strlen'],
      body: function* (player) {
        const { functions, returnsTo, stubs } = player.world;
        // main calls wrapper, which ends with a jump to strlen.
        yield* player.thread.call(returnsTo.wrapper, [
          stubs.wrapper,
          functions.wrapper,
          functions.strlen,
        ]);
        // And a stub that was called by another one's instruction.
        yield* player.thread.call(returnsTo.puts, [functions.strlen]);
      },
    });
    expect(events.at(-1)).toMatchObject({ kind: 'coverage' });
  });

  it('of what an IFUNC chose, when the linker asks it', () => {
    const { lines } = traceMachine({
      functions: ['memcpy'],
      calls: [],
      prepare: (machine, world) =>
        machine.writeWord(PID, world.slots.memcpy, world.stubs.memcpy + 6),
      body: function* (player) {
        const { functions, returnsTo, announce } = player.world;
        // The resolver, called by the linker, returns the function.
        yield* player.thread.call(
          announce + 1,
          [functions.memcpy],
          undefined,
          functions.fast_memcpy,
        );
        yield* player.thread.call(returnsTo.memcpy, [functions.fast_memcpy]);
      },
    });
    expect(lines).toEqual([`${PID} memcpy(`, `${PID} memcpy)`]);
  });
});

describe('what is said of rules that nothing fits', () => {
  const unmatched = (options: Partial<EngineOptions>): CoverageEvent['unmatchedRules'] => {
    const { events } = traceMachine({ body: everything, options: { calls: [], ...options } });
    const last = events.at(-1) as Extract<TraceEvent, { kind: 'coverage' }>;
    return last.unmatchedRules;
  };

  it.each<[string, Partial<EngineOptions>, string]>([
    ['an unknown name', calls('nosuch'), 'nosuch'],
    ['an unknown library', calls('*@libnone.so'), '@libnone.so'],
    ['an unknown function', { functions: [parseFunctionFilter('nosuch')] }, 'nosuch'],
    ['a library of -l', { libraries: [parseLibraryFilter('libnone.so')] }, 'libnone.so'],
  ])('%s', (_, options, rule) => {
    expect(unmatched(options)).toEqual([
      expect.objectContaining({ rule: expect.stringContaining(rule) as string }),
    ]);
  });
});

describe('a library that is loaded later', () => {
  const loading = function* (player: Player): Doing {
    const { plugin, plugged, returnsTo } = player.world;
    const call = (): Doing => player.thread.call(returnsTo.dlsym, [plugged]);
    yield* player.call('dlopen', () => player.load(plugin));
    yield* call();
    yield* player.unload();
    yield* player.load(plugin);
    yield* call();
  };

  it('has its functions caught, each time that it comes', () => {
    const { events } = traceMachine({ body: loading, functions: ['plugged'], calls: [] });
    const loaded = events.filter(
      (event) => event.kind === 'module-loaded' && event.path.includes('libplug'),
    );
    expect(loaded).toHaveLength(2);
    expect(events.filter(({ kind }) => kind === 'call')).toHaveLength(2);
  });
});

describe('a name that is looked up', () => {
  it('gets a breakpoint where the program asks for the function by dlsym', () => {
    const { events } = traceMachine({
      calls: ['qsort'],
      body: function* (player) {
        const { functions, returnsTo, data } = player.world;
        player.machine.memory.write(data + 0xf00, Buffer.from('qsort\0'));
        player.thread.set(REG.rdi, 0);
        player.thread.set(REG.rsi, data + 0xf00);
        yield* player.call('dlsym', undefined, functions.qsort);
        player.thread.set(REG.rdi, 1);
        yield* player.thread.call(returnsTo.puts, [functions.qsort]);
      },
    });
    expect(events.at(-1)).toMatchObject({ kind: 'coverage' });
  });
});

describe('the list of what would be traced', () => {
  it('has all stubs, and names what they lead to', () => {
    const { machine, world } = makeMachine();
    const main = machine.addThread(PID, PID, { sp: 0x7ffe_0003_0000, pc: world.entry });
    const player = new Player(machine, world, main);
    main.doing = player.begin();
    const spec = { program: '/bin/program', argv: ['program'], environment: [] };
    const { points, unmatchedRules } = listTracepoints({
      kernel: machine,
      log: silentLog,
      sink: { accept: () => undefined, flush: () => undefined, finish: () => undefined },
      prototypeOf: () => undefined,
      options: {
        ...bareOptions([{ kind: 'launch', spec }]),
        ...calls('@MAIN'),
        functions: [parseFunctionFilter('main')],
        captures: {
          forFunction: () => captureNothing,
          lookAhead: () => undefined,
          forSyscall: () => captureNothing,
        },
      },
    });
    const stubs = points.filter(({ route }) => route === 'plt');
    expect(stubs.map(({ symbol }) => symbol as Import).sort()).toEqual([...IMPORTS].sort());
    expect(new Set(stubs.map(({ callee }) => callee))).toEqual(new Set(['libc.so.6']));
    const entries = points.filter(({ route }) => route === 'entry');
    expect(entries.map(({ symbol }) => symbol).sort()).toEqual(['main', POINTED]);
    expect(unmatchedRules).toEqual([]);
  });
});
