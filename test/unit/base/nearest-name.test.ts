import { nearestName } from '../../../src/base/nearest-name.js';

const NAMES = ['output', 'quiet', 'sort', 'list', 'group-by', 'summary-format', 'where'];

describe('nearestName', () => {
  it.each([
    ['outpt', 'output'],
    ['ouptut', 'output'],
    ['quite', 'quiet'],
    ['sorts', 'sort'],
    ['groupby', 'group-by'],
    ['sumary-fromat', 'summary-format'],
    ['were', 'where'],
  ])('knows what %s was to be', (written, meant) => {
    expect(nearestName(written, NAMES)).toBe(meant);
  });

  it.each(['', 'x', 'bogus', 'verbose', 'tsil', 'o'.repeat(1000)])(
    'does not guess at %s',
    (text) => {
      expect(nearestName(text, NAMES)).toBe(undefined);
    },
  );
});
