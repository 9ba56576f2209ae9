import {
  concludeIgnored,
  inheritedDescriptors,
  parseOpenFileLimit,
  splitAtNul,
} from '../../../../../src/kernel/linux/launching/inherited.js';

const mask = (...signals: number[]): bigint =>
  signals.reduce((sum, signal) => sum | (1n << BigInt(signal - 1)), 0n);

const NOTHING = { own: 0n, parent: 0n, parentName: 'sh', lastCommand: '' };

describe('concludeIgnored', () => {
  it('passes on what the parent ignores', () => {
    expect(concludeIgnored({ ...NOTHING, parent: mask(2, 13) })).toBe(mask(2, 13));
  });

  it('takes nothing from a shell with job control, which ignores signals for itself', () => {
    expect(concludeIgnored({ ...NOTHING, parent: mask(3, 15, 20, 21, 22) })).toBe(0n);
  });

  it('does not believe SIGPIPE and SIGXFSZ of programs that ignore them for themselves', () => {
    const facts = { ...NOTHING, parent: mask(1, 13, 25), parentName: 'python3' };
    expect(concludeIgnored(facts)).toBe(mask(1));
  });

  it('keeps the real-time signals that Node left alone, and only those of its own', () => {
    expect(concludeIgnored({ ...NOTHING, own: mask(13, 25, 40) })).toBe(mask(40));
  });

  it('recognises nohup by the name that the shell left in the environment', () => {
    expect(concludeIgnored({ ...NOTHING, lastCommand: '/usr/bin/nohup' })).toBe(mask(1));
  });
});

describe('parseOpenFileLimit', () => {
  it('reads numbers and "unlimited"', () => {
    const text =
      'Limit                     Soft Limit           Hard Limit           Units     \n' +
      'Max open files            1024                 unlimited            files     \n';
    expect(parseOpenFileLimit(text)).toEqual({ soft: 1024n, hard: 0xffffffffffffffffn });
    expect(parseOpenFileLimit('')).toBeUndefined();
  });
});

describe('inheritedDescriptors', () => {
  it('has the standard ones and none that Node made', () => {
    expect(inheritedDescriptors()).toEqual(expect.arrayContaining([0, 1, 2]));
  });
});

describe('splitAtNul', () => {
  it('keeps empty strings and bytes that are not UTF-8', () => {
    const strings = splitAtNul(Uint8Array.of(0x61, 0, 0, 0xff, 0xfe, 0));
    expect(strings.map((string) => [...string])).toEqual([[0x61], [], [0xff, 0xfe]]);
  });
});
