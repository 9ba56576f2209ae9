import { toThreadId } from '../../../../../src/base/ids.js';
import { readStatus } from '../../../../../src/kernel/linux/proc/procfs.js';
import {
  isKernelWorker,
  parseThreadStat,
  readBlockedSignals,
} from '../../../../../src/kernel/linux/proc/thread-stat.js';

describe('parseThreadStat', () => {
  /** Each field is its number in proc_pid_stat(5), except the state. */
  const after = (name: string): string =>
    `1 (${name}) S ${Array.from({ length: 49 }, (_, index) => index + 4).join(' ')}\n`;

  it('reads the flags and the mask of blocked signals, not their neighbours', () => {
    expect(parseThreadStat(after('worker'))).toEqual({ state: 'S', flags: 9, blocked: 32 });
  });

  it('is not led astray by a name', () => {
    expect(parseThreadStat(after('a) S 1 (b'))).toEqual({ state: 'S', flags: 9, blocked: 32 });
  });

  it('takes what is cut short for none', () => {
    expect(parseThreadStat('')).toEqual({ state: '', flags: 0, blocked: 0 });
    expect(parseThreadStat('42 (worker) S 1 42')).toEqual({ state: 'S', flags: 0, blocked: 0 });
  });
});

describe('readBlockedSignals', () => {
  it('says what status says', () => {
    const blocked = Number((readStatus(process.pid)?.blocked ?? -1n) & 0x7fffffffn);
    expect(readBlockedSignals(toThreadId(process.pid))).toBe(blocked);
  });

  it('says none of a thread that does not exist', () => {
    expect(readBlockedSignals(toThreadId(0x7ffffffe))).toBe(0);
  });
});

describe('isKernelWorker', () => {
  // What is one: e2e/kernel-workers.test.ts.
  it('is false of a thread that executes a program, or does not exist', () => {
    expect(isKernelWorker(toThreadId(process.pid))).toBe(false);
    expect(isKernelWorker(toThreadId(0x7ffffffe))).toBe(false);
  });
});
