import { Prospects, type Prospect } from '../../../../src/engine/tracees/prospects.js';

/** Whose they are does not matter here. */
function pointOf(symbol: string): Prospect {
  const prospect: unknown = { process: {}, point: { symbol } };
  return prospect as Prospect;
}

describe('Prospects', () => {
  it('gives each once, oldest first', () => {
    const prospects = new Prospects();
    const [one, two] = [pointOf('one'), pointOf('two')];
    prospects.add(one.process, one.point);
    prospects.add(two.process, two.point);
    expect([prospects.take(), prospects.take(), prospects.take()]).toEqual([one, two, undefined]);
    expect(prospects.isEmpty).toBe(true);
  });

  it('takes some dozens in all, not thousands', () => {
    const prospects = new Prospects();
    const { process, point } = pointOf('any');
    for (let i = 0; i < 5000; i++) prospects.add(process, point);
    let count = 0;
    while (prospects.take() !== undefined) count++;
    expect(count).toBe(64);
    prospects.add(process, point);
    expect(prospects.isEmpty).toBe(true);
  });
});
