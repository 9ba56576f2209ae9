/** Random programs against a model of what their calls are: a stack for each thread. */
import { traceMachine, OTHER, PID, type Player } from '../support/machine/trace-machine.js';
import type { Doing, MachineThread } from '../support/machine/machine.js';
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

/** What a thread does at random, and what the trace is to say of it. */
class RandomThread {
  readonly frames: Frame[] = [];
  /** `puts(`, `puts)`; jumps leave calls of which only their number is known. */
  readonly expected: string[] = [];
  left = 0;

  constructor(
    private readonly player: Player,
    private readonly thread: MachineThread,
    private readonly random: (below: number) => number,
  ) {}

  *run(steps: number): Doing {
    const top = this.thread.sp;
    for (let i = 0; i < steps; i++) {
      const choice = this.random(10);
      if (choice < 5 && this.frames.length < 12) yield* this.begin(top);
      else if (choice < 9) yield* this.end();
      else yield* this.jump(top);
    }
    while (this.frames.length > 0) yield* this.end();
  }

  private *begin(top: number): Doing {
    const name = NAMES[this.random(NAMES.length)] ?? 'puts';
    const { world, machine } = this.player;
    const slot = (this.frames.at(-1)?.slot ?? top) - 16 - 8 * this.random(4);
    this.frames.push({ name, slot });
    this.expected.push(`${name}(`);
    machine.writeWord(this.thread.pid, slot, world.returnsTo[name]);
    this.thread.set(152, slot);
    yield* this.thread.at(world.stubs[name]);
  }

  private *end(): Doing {
    const frame = this.frames.pop();
    if (frame === undefined) return;
    this.expected.push(`${frame.name})`);
    this.thread.set(152, frame.slot + 8);
    yield* this.thread.at(this.player.world.returnsTo[frame.name]);
  }

  /** longjmp out of some calls, into the function that made the outermost of them. */
  private *jump(top: number): Doing {
    const kept = this.random(this.frames.length + 1);
    this.left += this.frames.length - kept;
    this.frames.length = kept;
    this.thread.set(152, (this.frames.at(-1)?.slot ?? top) - 8);
    yield* this.thread.at(this.player.world.entry);
  }
}

/** Lines of one thread, without its number. */
function linesOf(lines: readonly string[], tid: number): readonly string[] {
  return lines.filter((line) => line.startsWith(`${tid} `)).map((line) => line.slice(5));
}

describe('open calls of random programs', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'are those of the model, seed %d',
    (seed) => {
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
          second.doing = other.run(40);
          yield* player.thread.event(3, OTHER);
          yield* first.run(40);
        },
      });
      for (const [tid, thread] of threads) {
        const own = linesOf(lines, tid);
        expect(own.filter((line) => !line.includes(' abandoned'))).toEqual(thread.expected);
        expect(own.filter((line) => line.includes(' abandoned'))).toHaveLength(thread.left);
      }
    },
  );
});
