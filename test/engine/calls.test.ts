/** Calls of a program that is played: which events they become. */
import { inspect } from 'node:util';
import { capturesFor } from '../../src/request/captures.js';
import { libraryWithFiles } from '../support/library-with-files.js';
import { STACK } from '../support/machine/world.js';
import { traceMachine, OTHER, PID, type Player } from '../support/machine/trace-machine.js';
import { REG, type Doing } from '../support/machine/machine.js';
import { statusOf } from '../support/scripted-kernel.js';

/** Of fs_base in user_regs_struct. */
const FS_BASE = 168;

/** Of the lines of the first thread, without its number. */
const ownLines = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.startsWith(`${PID} `)).map((line) => line.slice(`${PID} `.length));

const play = (body: (player: Player) => Doing, request = {}): string[] =>
  ownLines(traceMachine({ ...request, body }).lines);

describe('a call through a stub', () => {
  it('is an event, and so is its return', () => {
    const { lines, events } = traceMachine({
      body: function* (player) {
        yield* player.call('puts', undefined, 7);
        yield* player.call('strlen');
      },
    });
    expect(ownLines(lines)).toEqual(['puts(', 'puts)', 'strlen(', 'strlen)']);
    const [call] = events.filter(({ kind }) => kind === 'call');
    expect(call).toMatchObject({
      library: 'libc.so.6',
      caller: { module: 'program', offset: expect.any(Number) as number },
    });
    expect(events.at(-1)).toMatchObject({ kind: 'coverage', calls: 2 });
  });

  it('nests', () => {
    const lines = play(function* (player) {
      yield* player.call('puts', () => player.call('strlen', () => player.call('puts')));
    });
    expect(lines).toEqual(['puts(', 'strlen(', 'puts(', 'puts)', 'strlen)', 'puts)']);
  });

  it('is one call where its callee is watched, too', () => {
    const lines = play((player) => player.call('strlen'), { calls: ['strlen'] });
    expect(lines).toEqual(['strlen(', 'strlen)']);
  });

  it.each([
    ['-l', { calls: [], options: {} }],
    ['no rule at all', { calls: [] }],
  ])('is no event for %s that names nothing', (_, request) => {
    expect(play((player) => player.call('puts'), request)).toEqual([]);
  });

  it('is shown with CPU time, backtrace and source where that is asked for', () => {
    const { events } = traceMachine({
      body: (player) => player.call('puts'),
      options: {
        backtraceFrames: 4,
        cpuTime: true,
        callerSource: 'all-callers',
        scriptOrigin: 'stack',
      },
    });
    const call = events.find(({ kind }) => kind === 'call');
    expect(call).toMatchObject({ backtrace: expect.anything() as unknown });
    expect(events.find(({ kind }) => kind === 'return')).toHaveProperty('cpuTime');
  });
});

describe('a function entry', () => {
  it('begins a call whoever comes there', () => {
    const lines = play(
      function* (player) {
        const { own, returnsTo } = player.world;
        yield* player.thread.call(returnsTo.puts, [own.helper], () => player.call('puts'));
      },
      { functions: ['helper'] },
    );
    expect(lines).toEqual(['helper(', 'puts(', 'puts)', 'helper)']);
  });

  it('begins one for each time that the function calls itself', () => {
    const lines = play(
      function* (player) {
        const { own, returnsTo } = player.world;
        const inner = (): Doing => player.thread.call(own.helper + 4, [own.helper]);
        yield* player.thread.call(returnsTo.puts, [own.helper], inner);
      },
      { functions: ['helper'], calls: [] },
    );
    expect(lines).toEqual(['helper(', 'helper(', 'helper)', 'helper)']);
  });
});

describe('a tail call', () => {
  const tail = function* (player: Player): Doing {
    yield* player.call('wrapper', () => player.thread.at(player.world.functions.strlen));
  };

  it('has the return of the call that it is made in', () => {
    const lines = play(tail, { functions: ['strlen'] });
    expect(lines).toEqual(['wrapper(', 'strlen(', 'strlen)', 'wrapper)']);
  });

  it('is no second call where only the first is asked for', () => {
    expect(play(tail)).toEqual(['wrapper(', 'wrapper)']);
  });
});

describe('longjmp', () => {
  it('leaves the calls between, which do not return', () => {
    const lines = play(function* (player) {
      const { sp } = player.thread;
      const { stubs, returnsTo } = player.world;
      yield* player.call('_setjmp');
      yield* player.enter(sp - 8, returnsTo.puts, stubs.puts);
      yield* player.enter(sp - 72, returnsTo.longjmp, stubs.longjmp);
      yield* player.jumpOut({ sp, at: returnsTo._setjmp });
      yield* player.call('strlen');
    });
    expect(lines.filter((line) => !line.includes('abandoned'))).toEqual([
      ...['_setjmp(', '_setjmp)', 'puts(', 'longjmp(', 'strlen(', 'strlen)'],
    ]);
    expect(lines.filter((line) => line.includes('abandoned')).sort()).toEqual([
      'longjmp abandoned: unwound',
      'puts abandoned: unwound',
    ]);
  });
});

describe('a thread that ends in the middle of calls', () => {
  it('leaves them', () => {
    const lines = play(function* (player) {
      const { stubs, returnsTo } = player.world;
      yield* player.enter(player.thread.sp - 8, returnsTo.puts, stubs.puts);
    });
    expect(lines).toEqual(['puts(', 'puts abandoned: exit']);
  });
});

describe('two threads', () => {
  it('have calls of their own', () => {
    const { lines } = traceMachine({
      body: function* (player) {
        const { machine, world } = player;
        const second = machine.addThread(OTHER, PID, { sp: player.thread.sp - 0x8000, pc: 0 });
        second.due.push({ status: statusOf.event(128) });
        second.doing = second.call(world.returnsTo.strlen, [world.stubs.strlen]);
        yield* player.thread.event(3, OTHER);
        yield* player.call('puts');
      },
    });
    expect(lines.filter((line) => line.startsWith(`${PID} `))).toHaveLength(2);
    expect(lines.filter((line) => line.startsWith(`${OTHER} `))).toEqual([
      `${OTHER} strlen(`,
      `${OTHER} strlen)`,
    ]);
  });
});

describe('system calls', () => {
  it('are events when they are asked for', () => {
    const { events } = traceMachine({
      body: (player) => player.thread.syscall(39, 4711),
      options: { syscalls: { kind: 'some', programs: 'all', selects: () => true } },
    });
    const kinds = events.map(({ kind }) => kind);
    expect(kinds).toContain('syscall');
    expect(kinds).toContain('syscall-return');
  });

  it.each([
    ['by a signal', true],
    ['by nothing but us', false],
  ])('that are interrupted %s', (_, bySignal) => {
    const { events } = traceMachine({
      body: function* (player) {
        const { thread } = player;
        yield* thread.syscall(232, -4);
        if (bySignal) yield* thread.signal(10);
        yield* thread.syscall(232, 1);
        // One that nobody knows.
        yield* thread.syscall(4242, -38);
      },
      options: { syscalls: { kind: 'some', programs: 'all', selects: () => true } },
    });
    const names = events.flatMap((event) => (event.kind === 'syscall' ? [event.name] : []));
    expect(names.filter((name) => name === 'epoll_wait').length).toBeGreaterThan(0);
    expect(names).toContain('syscall_4242');
  });

  it('are left open by a thread that ends in one', () => {
    const { events } = traceMachine({
      body: function* (player) {
        player.thread.set(REG.origRax, 231);
        player.thread.set(REG.rax, -38);
        yield { status: statusOf.syscall };
      },
      options: { syscalls: { kind: 'some', programs: 'all', selects: () => true } },
    });
    expect(events.map(({ kind }) => kind)).toContain('syscall');
  });
});

describe('arguments and results', () => {
  const LIBRARY = libraryWithFiles({
    '/bundled/libc.so.conf':
      'errno(int) puts(string);\ndouble strlen(code, fd, double);\nint read(int, +string(retval), ulong);\n',
  }).library;
  const limits = { stringBytes: 32, arrayElements: 4, showSecrets: false, descriptorPaths: true };
  const captures = capturesFor('arguments', { library: LIBRARY, limits });

  it('are read at the two stops, errno included', () => {
    const { events } = traceMachine({
      options: { captures },
      body: function* (player) {
        const { machine, thread, world } = player;
        const text = world.data + 0xe00;
        machine.memory.write(text, Buffer.from('hello\0'));
        thread.set(REG.rdi, text);
        // %fs, and errno below it: ENOENT.
        const threadPointer = world.data + 0xd00;
        thread.set(FS_BASE, threadPointer);
        machine.memory.write(threadPointer - 16, Uint8Array.of(2, 0, 0, 0));
        yield* player.call('puts', undefined, -1);
        thread.set(REG.rdi, text);
        thread.set(REG.rdi, world.functions.puts);
        thread.set(REG.rsi, 3);
        machine.descriptors.set(`${PID}/3`, '/tmp/file');
        yield* player.call('strlen', undefined, 5);
      },
    });
    const returns = events.flatMap((event) => (event.kind === 'return' ? [event] : []));
    expect(returns[0]).toMatchObject({
      call: { args: [{ value: { kind: 'string' } }] },
      errno: 2,
    });
    expect(returns[1]).toMatchObject({ result: { kind: 'float' } });
    const shown = inspect(returns[1]?.call.args, { depth: 5 });
    expect(shown).toContain('/tmp/file');
    expect(shown).toContain("name: 'puts'");
  });

  it('are those of system calls, too', () => {
    const { events } = traceMachine({
      options: { captures, syscalls: { kind: 'some', programs: 'all', selects: () => true } },
      body: (player) => player.thread.syscall(0, 3),
    });
    expect(events.find(({ kind }) => kind === 'syscall')).toMatchObject({ name: 'read' });
  });
});

describe('code that belongs to no file', () => {
  it('is called back from, and its traps go when the call is over', () => {
    const JIT = 0x60_0000;
    const { lines, machine } = traceMachine({
      functions: ['puts'],
      calls: [],
      prepare: (made) => {
        made.memory.map(JIT, new Uint8Array(0x1000).fill(0x90));
        const mapping = { start: JIT, end: JIT + 0x1000, executable: true, path: '' };
        const known = made.mappingsOf.get(PID) ?? [];
        made.mappingsOf.set(PID, [...known, { ...mapping, offset: 0, file: '' }]);
      },
      body: function* (player) {
        for (let i = 0; i < 2; i++) {
          yield* player.thread.call(JIT + 0x100, [player.world.functions.puts]);
        }
      },
    });
    expect(ownLines(lines)).toEqual(['puts(', 'puts)', 'puts(', 'puts)']);
    expect(machine.byteAt(PID, JIT + 0x100)).toBe(0x90);
  });

  it('that may not be executed gets no trap', () => {
    const { lines, machine } = traceMachine({
      functions: ['puts'],
      calls: [],
      body: (player) => player.thread.call(STACK.start + 0x100, [player.world.functions.puts]),
    });
    expect(machine.byteAt(PID, STACK.start + 0x100)).toBe(0);
    expect(ownLines(lines)).toEqual(['puts(', 'puts abandoned: unwatched']);
  });
});
