/** Random programs against a model of what their calls are: a stack for each thread. */
import { traceMachine, OTHER, PID, type Player } from '../support/machine/trace-machine.js';
import { REG, type Doing, type MachineThread } from '../support/machine/machine.js';
import { statusOf } from '../support/scripted-kernel.js';

const NAMES = ['puts', 'strlen', 'wrapper'] as const;
type Name = (typeof NAMES)[number];

/** Reproducible: xorshift with 32 bits. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

interface Frame {
  readonly name: Name;
  readonly slot: number;
}

/** A stack that the thread runs on. */
interface Stack {
  readonly top: number;
  readonly frames: Frame[];
}

/** What a thread does at random, and what the trace is to say of it. */
class RandomThread {
  /** `puts(`, `puts)`; jumps leave calls of which only their number is known. */
  readonly expected: string[] = [];
  left = 0;
  private readonly stacks: readonly Stack[];
  private stack: Stack;

  constructor(
    private readonly player: Player,
    private readonly thread: MachineThread,
    private readonly random: (below: number) => number,
  ) {
    const own = { top: thread.sp, frames: [] };
    this.stack = own;
    this.stacks = [own, { top: thread.sp - 0x6000, frames: [] }];
  }

  *run(steps: number, switches: boolean): Doing {
    for (let i = 0; i < steps; i++) {
      const choice = this.random(12);
      if (choice < 6 && this.stack.frames.length < 12) yield* this.begin();
      else if (choice < 10) yield* this.end();
      else if (!switches) yield* this.jump();
      else this.stack = this.stacks[this.random(2)] ?? this.stack;
    }
    for (const stack of this.stacks) {
      this.stack = stack;
      while (stack.frames.length > 0) yield* this.end();
    }
  }

  private *begin(): Doing {
    const name = NAMES[this.random(NAMES.length)] ?? 'puts';
    const { world } = this.player;
    const { frames, top } = this.stack;
    const slot = (frames.at(-1)?.slot ?? top) - 16 - 8 * this.random(4);
    frames.push({ name, slot });
    this.expected.push(`${name}(`);
    yield* this.player.enter(slot, world.returnsTo[name], world.stubs[name], this.thread);
  }

  private *end(): Doing {
    const frame = this.stack.frames.pop();
    if (frame === undefined) return;
    this.expected.push(`${frame.name})`);
    this.thread.set(REG.sp, frame.slot + 8);
    yield* this.thread.at(this.player.world.returnsTo[frame.name]);
  }

  /** longjmp out of some calls, into the function that made the outermost of them. */
  private *jump(): Doing {
    const { frames, top } = this.stack;
    const kept = this.random(frames.length + 1);
    this.left += frames.length - kept;
    frames.length = kept;
    this.thread.set(REG.sp, (frames.at(-1)?.slot ?? top) - 8);
    yield* this.thread.at(this.player.world.entry);
  }
}

/** Lines of one thread, without its number. */
function linesOf(lines: readonly string[], tid: number): readonly string[] {
  return lines.filter((line) => line.startsWith(`${tid} `)).map((line) => line.slice(5));
}

/** Two threads of a random program, and what was seen of each. */
function play(seed: number, switches: boolean): [thread: RandomThread, own: readonly string[]][] {
  const random = randomFrom(seed + 1);
  const threads = new Map<number, RandomThread>();
  const { lines } = traceMachine({
    body: function* (player) {
      const { machine, thread } = player;
      const second = machine.addThread(OTHER, PID, { sp: thread.sp - 0x10000, pc: 0 });
      second.due.push({ status: statusOf.event(128) });
      const other = new RandomThread(player, second, random);
      const first = new RandomThread(player, thread, random);
      threads.set(PID, first).set(OTHER, other);
      second.doing = other.run(40, switches);
      yield* player.thread.event(3, OTHER);
      yield* first.run(40, switches);
    },
  });
  return [...threads].map(([tid, thread]) => [thread, linesOf(lines, tid)]);
}

const SEEDS = Array.from({ length: 30 }, (_, seed) => seed);
const isLeft = (line: string): boolean => line.includes(' abandoned');

describe('open calls of random programs', () => {
  it.each(SEEDS)('that jump out of calls are those of the model, seed %d', (seed) => {
    for (const [thread, own] of play(seed, false)) {
      expect(own.filter((line) => !isLeft(line))).toEqual(thread.expected);
      expect(own.filter(isLeft)).toHaveLength(thread.left);
    }
  });

  it.each(SEEDS)('that go from stack to stack are those of the model, seed %d', (seed) => {
    for (const [thread, own] of play(seed, true)) expect(own).toEqual(thread.expected);
  });
});
