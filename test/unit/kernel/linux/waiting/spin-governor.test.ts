import {
  SPIN_ROUNDS,
  SpinGovernor,
  type Waiting,
} from '../../../../../src/kernel/linux/waiting/spin-governor.js';

/** Plays waits; each takes the time that its way of waiting takes. Returns how many polled. */
function play(
  governor: SpinGovernor,
  stops: number,
  times: Record<Waiting, number>,
  outcome: 'caught' | 'blocked' = 'caught',
): number {
  let polled = 0;
  for (let i = 0; i < stops; i++) {
    const { measures } = governor;
    const polls = governor.rounds() === SPIN_ROUNDS;
    if (polls) polled++;
    if (measures) governor.took(polls ? times.polls : times.blocks);
    else if (polls) governor.report(outcome);
  }
  return polled;
}

describe('SpinGovernor', () => {
  it('polls as long as that catches stops', () => {
    const governor = new SpinGovernor('polls');
    expect(play(governor, 1000, { polls: 1, blocks: 2 })).toBe(1000);
  });

  it('polls less and less when stops are slow, but never gives up for good', () => {
    const governor = new SpinGovernor('polls');
    const polled = play(governor, 1900, { polls: 1, blocks: 1 }, 'blocked');
    expect(polled).toBeGreaterThan(8);
    expect(polled).toBeLessThan(30);
  });

  it('polls again at once after a success', () => {
    const governor = new SpinGovernor('polls');
    for (let i = 0; i < 100; i++) if (governor.rounds() > 0) governor.report('blocked');
    while (governor.rounds() === 0);
    governor.report('caught');
    expect(governor.rounds()).toBe(SPIN_ROUNDS);
  });

  it('keeps what turns out to be faster, whatever it began with', () => {
    for (const beginning of ['polls', 'blocks'] as const) {
      const fast = new SpinGovernor(beginning);
      play(fast, 2200, { polls: 8, blocks: 10 });
      expect(play(fast, 1000, { polls: 8, blocks: 10 })).toBe(1000);
      const slow = new SpinGovernor(beginning);
      play(slow, 2200, { polls: 10, blocks: 10 });
      expect(play(slow, 1000, { polls: 10, blocks: 10 })).toBe(0);
    }
  });

  it('looks again later, because the machine may be busier then', () => {
    const governor = new SpinGovernor('blocks');
    play(governor, 2200, { polls: 8, blocks: 10 });
    play(governor, 5000, { polls: 30, blocks: 10 });
    expect(play(governor, 1000, { polls: 30, blocks: 10 })).toBe(0);
  });
});
