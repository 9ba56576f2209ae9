/** How long a tick of the cycle counter is. */
import { pause } from '../../base/pause.js';
import type { InsideAccess } from '../../kernel/inside-access.js';

/** Over this time an error of a microsecond is one of a ten thousandth. */
const LEAST_MS = 10;
const LOOKS = 5;

interface Moment {
  readonly cycles: bigint;
  /** Nanoseconds. */
  readonly now: number;
}

export class CycleClock {
  private readonly start: Moment;
  private known: bigint | undefined;

  constructor(
    private readonly inside: InsideAccess,
    private readonly now: () => number,
  ) {
    this.start = this.look();
  }

  /** Nanoseconds of a tick, times 2^32. */
  get multiplier(): bigint {
    return (this.known ??= this.measure());
  }

  cycles(): bigint {
    return this.inside.cycles();
  }

  private measure(): bigint {
    const passed = (this.now() - this.start.now) / 1e6;
    if (passed < LEAST_MS) pause(Math.ceil(LEAST_MS - passed));
    const end = this.look();
    const ns = BigInt(Math.round(end.now - this.start.now));
    const ticks = end.cycles - this.start.cycles;
    return ticks <= 0n ? 1n << 32n : (ns << 32n) / ticks;
  }

  /** The closest of a few: we may lose the CPU between the two clocks. */
  private look(): Moment {
    let best: (Moment & { readonly width: bigint }) | undefined;
    for (let i = 0; i < LOOKS; i++) {
      const before = this.inside.cycles();
      const now = this.now();
      const width = this.inside.cycles() - before;
      if (best === undefined || width < best.width) {
        best = { cycles: before + width / 2n, now, width };
      }
    }
    return best ?? { cycles: 0n, now: 0 };
  }
}
