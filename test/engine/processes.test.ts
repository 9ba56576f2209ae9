/** Processes that are played: begun, followed, left, killed at any moment. */
import type { EngineOptions } from '../../src/engine/engine-options.js';
import { UserError } from '../../src/base/errors.js';
import { toProcessId, toThreadId } from '../../src/base/ids.js';
import { measureTracingCost } from '../../src/engine/processes/tracing-cost.js';
import type { ThreadPlace } from '../../src/kernel/proc.js';
import type { ThreadActivity } from '../../src/trace/event.js';
import {
  makeMachine,
  traceMachine,
  OTHER,
  PID,
  Player,
  type MachineTrace,
} from '../support/machine/trace-machine.js';
import { STACK, type World } from '../support/machine/world.js';
import { REG, type Doing, type Machine, type MachineThread } from '../support/machine/machine.js';
import { anyStatus, statusOf } from '../support/scripted-kernel.js';

const EVENT = { fork: 1, vfork: 2, clone: 3, exec: 4, vforkDone: 5, stop: 128 } as const;
const FOLLOW: Partial<EngineOptions> = { follow: { kind: 'all' } };

/** A child with a copy of the memory, or the same. */
function child(player: Player, memory: 'copied' | 'shared'): MachineThread {
  const { machine, thread } = player;
  const made = machine.addThread(OTHER, OTHER, { sp: thread.sp - 0x4000, pc: thread.get(REG.pc) });
  if (memory === 'copied') machine.copyMemory(OTHER, PID);
  made.due.push({ status: statusOf.event(EVENT.stop) });
  return made;
}

describe('a forked child', () => {
  const forking = function* (player: Player): Doing {
    const made = child(player, 'copied');
    made.doing = made.call(player.world.returnsTo.puts, [player.world.stubs.puts]);
    yield* player.thread.event(EVENT.fork, OTHER);
    yield* player.call('strlen');
  };

  it('is traced when children are followed', () => {
    const { lines, events } = traceMachine({ body: forking, options: FOLLOW });
    expect(lines).toContain(`${OTHER} puts(`);
    expect(lines).toContain(`${OTHER} puts)`);
    expect(events.filter(({ kind }) => kind === 'process-started')).toHaveLength(2);
    expect(events.filter(({ kind }) => kind === 'exited')).toHaveLength(2);
  });

  it('is let go without traps in its memory when not', () => {
    const { lines, machine } = traceMachine({ body: forking });
    expect(lines).toEqual([`${PID} strlen(`, `${PID} strlen)`]);
    expect(machine.calls).toContain(`detach ${OTHER} 0`);
    const written = machine.calls.filter((call) => call.startsWith(`write ${OTHER} `));
    expect(written.length).toBeGreaterThan(0);
  });

  it.each([
    ['its name fits', true],
    ['its name does not fit', false],
  ])('is traced by its program where %s', (_, fits) => {
    const { lines } = traceMachine({
      body: forking,
      options: { follow: { kind: 'programs', matches: () => fits } },
    });
    expect(lines.includes(`${OTHER} puts(`)).toBe(fits);
  });
});

describe('a vfork child', () => {
  const vforking = function* (player: Player): Doing {
    const made = child(player, 'shared');
    made.doing = made.call(player.world.returnsTo.puts, [player.world.stubs.puts]);
    yield* player.thread.event(EVENT.vfork, OTHER);
    yield* player.thread.event(EVENT.vforkDone, OTHER);
    yield* player.call('strlen');
  };

  it.each([
    ['followed', FOLLOW],
    ['not followed', {}],
  ])('that is %s runs in the memory of its parent, with the traps', (how, options) => {
    const { lines } = traceMachine({ body: vforking, options });
    expect(lines).toContain(`${PID} strlen)`);
    expect(lines.includes(`${OTHER} puts(`)).toBe(how === 'followed');
  });
});

describe('exec', () => {
  it('begins anew', () => {
    const { lines, events } = traceMachine({
      body: function* (player) {
        yield* player.call('puts');
        const { machine, world } = player;
        // The new program's memory has no traps.
        for (const { base, bytes } of [world.program, world.linker, world.libc]) {
          machine.memory.write(base, bytes);
        }
        yield* player.thread.event(EVENT.exec, PID);
        yield* player.begin();
        yield* player.call('strlen');
      },
    });
    expect(lines).toEqual([`${PID} puts(`, `${PID} puts)`, `${PID} strlen(`, `${PID} strlen)`]);
    expect(events.filter(({ kind }) => kind === 'exec')).toHaveLength(1);
  });
});

describe('a process that is attached to', () => {
  const calling = function* (player: Player): Doing {
    yield* player.call('puts');
    yield* player.call('strlen');
  };

  it('shows its calls from then on', () => {
    const { lines, events } = traceMachine({ body: calling, attach: true });
    expect(lines.filter((line) => line.endsWith('('))).not.toHaveLength(0);
    expect(events.some(({ kind }) => kind === 'exited')).toBe(true);
  });

  it('is left without a trap in it', () => {
    const { machine, events } = traceMachine({
      attach: true,
      body: function* (player) {
        for (let i = 0; i < 100; i++) {
          if (i === 3) player.machine.ask({ kind: 'signal', signal: 2 });
          yield* player.call('puts');
        }
      },
    });
    expect(events.map(({ kind }) => kind)).toContain('detached');
    expect(machine.calls.some((call) => call.startsWith(`detach ${PID} `))).toBe(true);
  });

  it('is left after as many calls as were asked for', () => {
    const { events } = traceMachine({
      attach: true,
      options: { detachLimit: { kind: 'calls', calls: 2 } },
      body: function* (player) {
        for (let i = 0; i < 100; i++) yield* player.call('puts');
      },
    });
    expect(events.filter(({ kind }) => kind === 'call')).toHaveLength(2);
    expect(events.map(({ kind }) => kind)).toContain('detached');
  });
});

describe('a process that does something as it is left', () => {
  /** Asked to leave, we meet the thread at what it does next. */
  const leftAt = (next: (player: Player) => Doing, attach = true): MachineTrace =>
    traceMachine({
      attach,
      options: FOLLOW,
      body: function* (player) {
        yield* player.call('puts');
        player.machine.isBusy = true;
        player.machine.ask({ kind: 'signal', signal: 2 });
        player.machine.ask({ kind: 'request' });
        // One more stop, after which we wait.
        yield* player.thread.at(player.world.announce);
        yield* next(player);
        yield* player.call('puts');
      },
    });
  const isLet = ({ machine }: MachineTrace, tid: number): boolean =>
    machine.calls.some((call) => call.startsWith(`detach ${tid} `));

  it.each<[string, (player: Player) => Doing]>([
    ['makes a call', (player) => player.call('strlen')],
    ['gets a signal', (player) => player.thread.signal(10)],
    [
      'executes a program',
      function* (player) {
        const { machine, world } = player;
        for (const { base, bytes } of [world.program, world.linker, world.libc]) {
          machine.memory.write(base, bytes);
        }
        yield* player.thread.event(EVENT.exec, PID);
      },
    ],
    [
      'stops',
      function* () {
        yield { status: statusOf.groupStop(19) };
      },
    ],
  ])('%s: it is let go all the same', (_, next) => {
    expect(isLet(leftAt(next), PID)).toBe(true);
  });

  it.each(['copied', 'shared'] as const)(
    'has a child with %s memory: both are let go',
    (memory) => {
      const trace = leftAt(function* (player) {
        const made = child(player, memory);
        made.doing = made.at(player.world.entry);
        yield* player.thread.event(memory === 'shared' ? EVENT.vfork : EVENT.fork, OTHER);
      });
      expect([PID, OTHER].map((tid) => isLet(trace, tid))).toEqual([true, true]);
    },
  );

  it('begins a thread: both are let go', () => {
    const trace = leftAt(function* (player) {
      const sp = player.thread.sp - 0x4000;
      const made = player.machine.addThread(OTHER, PID, { sp, pc: player.world.entry });
      made.due.push({ status: statusOf.event(EVENT.stop) });
      made.doing = made.at(player.world.entry);
      yield* player.thread.event(EVENT.clone, OTHER);
    });
    expect([PID, OTHER].map((tid) => isLet(trace, tid))).toEqual([true, true]);
  });

  it('ends: nothing is left to be let go', () => {
    const { events } = traceMachine({
      attach: true,
      body: function* (player) {
        player.machine.isBusy = true;
        player.machine.ask({ kind: 'signal', signal: 2 });
        yield* player.thread.at(player.world.announce);
      },
    });
    expect(events.at(-1)).toMatchObject({ kind: 'coverage' });
  });
});

describe('a child that executes a program', () => {
  it.each<[string, Partial<EngineOptions>]>([
    ['is let go where children are not followed', {}],
    ['is traced where they are', FOLLOW],
    ['is traced where its name fits', { follow: { kind: 'programs', matches: () => true } }],
  ])('%s', (how, options) => {
    const { machine, events } = traceMachine({
      options,
      body: function* (player) {
        const { world } = player;
        const made = child(player, 'copied');
        const its = new Player(player.machine, world, made);
        made.doing = (function* (): Doing {
          const memory = player.machine.memoryOf.get(OTHER);
          for (const { base, bytes } of [world.program, world.linker, world.libc]) {
            memory?.write(base, bytes);
          }
          yield* made.event(EVENT.exec, OTHER);
          yield { status: statusOf.syscall };
          yield* its.load();
          yield* its.call('puts');
        })();
        yield* player.thread.event(EVENT.fork, OTHER);
        yield* player.call('strlen');
      },
    });
    const isTraced = events.some((event) => event.kind === 'exec' && event.pid === OTHER);
    expect(isTraced).toBe(how.includes('traced'));
    if (!isTraced) expect(machine.calls).toContain(`detach ${OTHER} 0`);
  });
});

describe('what the threads of an attached process do', () => {
  const states = (place: ThreadPlace, options: Partial<EngineOptions> = {}): ThreadActivity[] => {
    const { events } = traceMachine({
      attach: true,
      options,
      prepare: (machine) => machine.places.set(PID, place),
      body: (player) => player.call('puts'),
    });
    return events.flatMap((event) => (event.kind === 'thread-state' ? [event.doing] : []));
  };

  it.each<[string, ThreadPlace, unknown]>([
    ['a running one', { kind: 'running' }, { kind: 'running' }],
    ['one in the kernel', { kind: 'waiting' }, { kind: 'waiting' }],
    [
      'one in a system call',
      { kind: 'syscall', number: 0, args: [3n, 0n, 0n, 0n, 0n, 0n] },
      { kind: 'syscall', name: 'read' },
    ],
  ])('is told: %s', (_, place, expected) => {
    expect(states(place)).toEqual([expect.objectContaining(expected as object)]);
    expect(states(place, { backtraceFrames: 3 })).toHaveLength(1);
  });
});

describe('a process that shares the memory of another', () => {
  it('is let through the traps, and let go with it', () => {
    const { machine, lines } = traceMachine({
      attach: true,
      prepare: (made, world) => {
        const sharer = made.addThread(OTHER, OTHER, { sp: STACK.start + 0x8000, pc: world.entry });
        sharer.doing = sharer.call(world.returnsTo.puts, [world.stubs.puts]);
        made.sharersOf.set(PID, [toProcessId(OTHER)]);
      },
      body: (player) => player.call('strlen'),
    });
    expect(machine.calls).toContain(`seize ${OTHER}`);
    expect(lines).toEqual([`${PID} strlen(`, `${PID} strlen)`]);
  });
});

describe('a vfork child that asks to be traced', () => {
  /** By ptrace(PTRACE_TRACEME). */
  const asks = function* (made: MachineThread): Doing {
    made.set(REG.origRax, 101);
    made.set(REG.rax, -38);
    made.set(REG.rdi, 0);
    yield { status: statusOf.syscall };
  };
  const THIRD = 1002;

  it.each(['alone', 'beside another thread'] as const)(
    'gets the memory without traps, %s, and they stand again when it is out',
    (how) => {
      const { machine, lines } = traceMachine({
        body: function* (player) {
          const { world, thread } = player;
          if (how !== 'alone') {
            const third = player.machine.addThread(THIRD, PID, { sp: thread.sp - 0x8000, pc: 0 });
            third.due.push({ status: statusOf.event(EVENT.stop) });
            third.doing = third.call(world.returnsTo.puts, [world.stubs.puts]);
            yield* thread.event(EVENT.clone, THIRD);
          }
          const made = child(player, 'shared');
          made.doing = asks(made);
          yield* thread.event(EVENT.vfork, OTHER);
          yield* thread.event(EVENT.vforkDone, OTHER);
          yield* player.call('strlen');
        },
      });
      expect(machine.calls).toContain(`detach ${OTHER} 0`);
      expect(lines).toContain(`${PID} strlen)`);
      expect(lines.includes(`${THIRD} puts)`)).toBe(how !== 'alone');
    },
  );

  it('has its parent killed meanwhile: nobody is left behind', () => {
    const { machine, events } = traceMachine({
      body: function* (player) {
        const made = child(player, 'shared');
        made.doing = asks(made);
        yield* player.thread.event(EVENT.vfork, OTHER);
        player.thread.status = statusOf.killed(9);
      },
    });
    expect(machine.calls).toContain(`detach ${OTHER} 0`);
    expect(events.map(({ kind }) => kind)).toContain('killed');
  });
});

describe('threads that cannot be seized', () => {
  const attachWith = (prepare: (machine: Machine, world: World) => void): MachineTrace =>
    traceMachine({ attach: true, prepare, body: (player) => player.call('puts') });

  it('are passed over where they have ended', () => {
    const { lines } = attachWith((machine, world) => {
      const zombie = machine.addThread(OTHER, PID, { sp: STACK.start + 0x8000, pc: world.entry });
      zombie.state = 'stopped';
      machine.statuses.set(OTHER, anyStatus(OTHER, { processId: toProcessId(PID), state: 'Z' }));
      machine.seize = (tid) => {
        if (tid !== toThreadId(OTHER)) return;
        machine.all.delete(OTHER);
        throw new UserError('not permitted');
      };
    });
    expect(lines).toContain(`${PID} puts)`);
  });

  it('are an error where another process shares the memory', () => {
    const attach = (): MachineTrace =>
      attachWith((machine, world) => {
        machine.addThread(OTHER, OTHER, { sp: STACK.start + 0x8000, pc: world.entry });
        machine.sharersOf.set(PID, [toProcessId(OTHER)]);
        machine.seize = (tid) => {
          if (tid === toThreadId(OTHER)) throw new UserError('not permitted');
        };
      });
    expect(attach).toThrow(/cannot attach to 1000: process 1001 runs in its memory/);
  });

  it('are let go at once where they execute another program meanwhile', () => {
    const { machine } = attachWith((made, world) => {
      const sharer = made.addThread(OTHER, OTHER, { sp: STACK.start + 0x8000, pc: world.entry });
      sharer.doing = sharer.at(world.entry);
      let asked = 0;
      made.sharers = () => (asked++ === 0 ? [toProcessId(OTHER)] : []);
    });
    expect(machine.calls).toContain(`detach ${OTHER} 0`);
  });
});

describe('a process that gets no more memory', () => {
  it.each(['launched', 'attached to'])(
    'is traced in unused bytes of its own or says why not, %s',
    (how) => {
      const attach = how !== 'launched';
      const { machine, lines, events } = traceMachine({
        attach,
        prepare: (made) => (made.refusesMemory = true),
        body: function* (player) {
          yield* player.call('puts');
          if (attach) player.machine.ask({ kind: 'signal', signal: 2 });
          yield* player.thread.at(player.world.entry);
          yield* player.call('puts');
        },
      });
      const [last] = events.slice(-1);
      const isRefused =
        last?.kind === 'coverage' && last.modules.some(({ refused }) => refused.length > 0);
      // Calls, or a reason for none.
      expect(lines.length > 0 || isRefused || events.some(({ kind }) => kind === 'notice')).toBe(
        true,
      );
      const isWritten = machine.calls.some((call) => call.startsWith('write '));
      expect(isWritten).toBe(lines.length > 0);
    },
  );
});

describe('what a launched program is told of', () => {
  it('that it runs without the rights of its file', () => {
    const { events } = traceMachine({
      prepare: (machine) => (machine.lacksRightsOfFile = () => true),
      body: (player) => player.call('puts'),
    });
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'notice',
        text: expect.stringContaining('set-uid') as string,
      }),
    );
  });
});

describe('the cost of tracing', () => {
  const machineWith = (doing: (thread: MachineThread) => Doing): Machine => {
    const { machine, world } = makeMachine();
    const thread = machine.addThread(PID, PID, { sp: STACK.start + 0x8000, pc: world.entry });
    thread.doing = doing(thread);
    return machine;
  };

  it('is the median time from stop to stop', () => {
    const machine = machineWith(function* (thread) {
      for (;;) yield* thread.at(thread.get(REG.pc) - (thread.get(REG.pc) & 1));
    });
    // The clock of the machine goes on by a microsecond each time that it is looked at.
    expect(measureTracingCost(machine)).toBe(1000);
    expect(machine.calls).toContain(`kill ${PID} 9`);
  });

  it('is 0 where our child ends at once', () => {
    const machine = machineWith(function* () {
      // Nothing.
    });
    expect(measureTracingCost(machine)).toBe(0);
  });
});

describe('a signal', () => {
  it('is delivered and told of', () => {
    const { events, machine } = traceMachine({
      body: function* (player) {
        yield* player.thread.signal(10);
        yield* player.call('puts');
      },
    });
    expect(events.map(({ kind }) => kind)).toContain('signal');
    expect(machine.calls).toContain(`resume ${PID} continue 10`);
  });

  it('that stops the process leaves it stopped until SIGCONT comes', () => {
    const { machine } = traceMachine({
      body: function* (player) {
        yield* player.thread.signal(19);
        yield { status: statusOf.groupStop(19) };
        yield* player.thread.event(EVENT.stop);
        yield* player.call('puts');
      },
    });
    expect(machine.calls).toContain(`listen ${PID}`);
  });
});

describe('a thread that is killed', () => {
  const busy = function* (player: Player): Doing {
    yield* player.call('puts', () => player.call('strlen'));
    const made = child(player, 'copied');
    made.doing = made.call(player.world.returnsTo.puts, [player.world.stubs.puts]);
    yield* player.thread.event(EVENT.fork, OTHER);
    yield* player.thread.signal(10);
    yield* player.call('puts', () => player.call('strlen'));
  };

  const requestsOf = (attach: boolean): number => {
    const { machine } = traceMachine({
      attach,
      options: FOLLOW,
      prepare: (made) => (made.dieAfter = { tid: PID, requests: Infinity }),
      body: busy,
    });
    return machine.requests;
  };

  it.each([
    ['launched', false],
    ['attached to', true],
  ])('at any moment, %s, ends its calls and harms nobody', (_, attach) => {
    const most = requestsOf(attach);
    expect(most).toBeGreaterThan(20);
    for (let requests = 1; requests <= most; requests++) {
      const { events } = traceMachine({
        attach,
        options: FOLLOW,
        prepare: (machine) => (machine.dieAfter = { tid: PID, requests }),
        body: busy,
      });
      const ended = events.filter(({ kind }) => kind === 'return' || kind === 'call-abandoned');
      // Whatever began has an end.
      expect([requests, ended.length]).toEqual([
        requests,
        events.filter(({ kind }) => kind === 'call').length,
      ]);
    }
  });
});
