import { constants } from 'node:os';

import {
  describeErrno,
  errnoName,
  errnoNumber,
  errnoText,
  isRestart,
} from '../../../src/base/errno-names.js';

describe('errno names', () => {
  it('agrees with the numbers that Node was compiled with', () => {
    const known = Object.entries(constants.errno);
    expect(known.length).toBeGreaterThan(70);
    for (const [name, number] of known) expect([name, errnoNumber(name)]).toEqual([name, number]);
  });

  it('gives the preferred name where there are two', () => {
    expect([11, 35, 95].map(errnoName)).toEqual(['EAGAIN', 'EDEADLK', 'EOPNOTSUPP']);
  });

  it('has texts, also for numbers without a name', () => {
    expect(errnoText(2)).toBe('No such file or directory');
    expect(errnoText(4000)).toBe('Unknown error 4000');
    expect(describeErrno(41)).toBe('errno 41');
    expect(describeErrno(1)).toBe('EPERM');
  });

  it('knows the numbers that say that a system call begins again', () => {
    expect([512, 513, 514, 516].map(errnoName)).toEqual([
      'ERESTARTSYS',
      'ERESTARTNOINTR',
      'ERESTARTNOHAND',
      'ERESTART_RESTARTBLOCK',
    ]);
    expect([4, 511, 512, 516, 517].map(isRestart)).toEqual([false, false, true, true, false]);
  });
});
