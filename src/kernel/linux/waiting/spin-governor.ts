/**
 * Decides whether to ask for the next stop a while without blocking.
 *
 * A tracer that sleeps pays for being woken at every stop: 65 to 185 us measured on a virtual machine whose
 * CPUs sleep, a few us where they are kept awake. Polling pays while stops come fast and a CPU is free, which
 * nobody can know beforehand: now and then both ways take turns for some stops, and the faster one is kept.
 *
 * Hot path: runs at every stop.
 */

/** A waitid with WNOHANG takes 0.3 to 0.5 us, so this polls for 120 to 200 us. */
export const SPIN_ROUNDS = 400;

const LONGEST_PENALTY = 256;
/** By then what runs at every stop has been compiled. */
const STOPS_BEFORE_FIRST_TRIAL = 2000;
/** Each trial comes after twice as many stops as the one before, up to this many. */
const MOST_STOPS_BETWEEN_TRIALS = 100_000;
/** Stops in each way: enough for a median that a few slow ones do not move. */
const TRIAL_STOPS = 64;
const STOPS_IN_A_ROW = 16;
/** Polling keeps a CPU busy, so it has to be clearly faster. */
const WORTHWHILE = 0.95;

export type Waiting = 'polls' | 'blocks';

export class SpinGovernor {
  private penalty = 0;
  private remaining = 0;
  private stopsBetweenTrials = STOPS_BEFORE_FIRST_TRIAL;
  private stopsUntilTrial = STOPS_BEFORE_FIRST_TRIAL;
  private trial: Trial | undefined;

  /** @param waiting what to do until the first trial */
  constructor(private waiting: Waiting) {}

  /** Is the time of this wait wanted? */
  get measures(): boolean {
    return this.trial !== undefined;
  }

  /** How often to poll before blocking in the wait that comes now. */
  rounds(): number {
    if (this.trial !== undefined) return this.trial.waiting === 'polls' ? SPIN_ROUNDS : 0;
    if (--this.stopsUntilTrial === 0) this.trial = new Trial();
    if (this.waiting === 'blocks') return 0;
    if (this.remaining === 0) return SPIN_ROUNDS;
    this.remaining--;
    return 0;
  }

  /** After a wait that polled outside of trials: 'caught' when the stop came while polling. */
  report(outcome: 'caught' | 'blocked'): void {
    if (outcome === 'caught') {
      this.penalty = 0;
      return;
    }
    this.penalty = Math.min(LONGEST_PENALTY, this.penalty * 2 + 1);
    this.remaining = this.penalty;
  }

  /** After a wait that was measured. */
  took(nanoseconds: number): void {
    const winner = this.trial?.add(nanoseconds);
    if (winner === undefined) return;
    this.waiting = winner;
    this.trial = undefined;
    this.stopsBetweenTrials = Math.min(MOST_STOPS_BETWEEN_TRIALS, 2 * this.stopsBetweenTrials);
    this.stopsUntilTrial = this.stopsBetweenTrials;
  }
}

/** Some stops in each way, in turns, so that what changes meanwhile changes both. */
class Trial {
  private readonly times: Record<Waiting, number[]> = { polls: [], blocks: [] };
  private stops = 0;

  get waiting(): Waiting {
    return Math.floor(this.stops / STOPS_IN_A_ROW) % 2 === 0 ? 'polls' : 'blocks';
  }

  /** @returns the better way once that is known */
  add(nanoseconds: number): Waiting | undefined {
    this.times[this.waiting].push(nanoseconds);
    this.stops++;
    if (this.stops < 2 * TRIAL_STOPS) return undefined;
    const { polls, blocks } = this.times;
    return median(polls) < WORTHWHILE * median(blocks) ? 'polls' : 'blocks';
  }
}

function median(times: number[]): number {
  return times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
}
