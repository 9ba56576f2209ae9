import { SPIN_ROUNDS, SpinGovernor } from '../../../../src/kernel/linux/spin-governor.js';

describe('SpinGovernor', () => {
  it('polls as long as that catches stops', () => {
    const governor = new SpinGovernor();
    for (let i = 0; i < 10; i++) {
      expect(governor.rounds()).toBe(SPIN_ROUNDS);
      governor.report('caught');
    }
  });

  it('polls less and less when stops are slow, but never gives up for good', () => {
    const governor = new SpinGovernor();
    let polled = 0;
    for (let i = 0; i < 10000; i++) {
      if (governor.rounds() === 0) continue;
      polled++;
      governor.report('blocked');
    }
    expect(polled).toBeGreaterThan(30);
    expect(polled).toBeLessThan(60);
  });

  it('polls again at once after a success', () => {
    const governor = new SpinGovernor();
    for (let i = 0; i < 100; i++) if (governor.rounds() > 0) governor.report('blocked');
    while (governor.rounds() === 0);
    governor.report('caught');
    expect(governor.rounds()).toBe(SPIN_ROUNDS);
  });
});
