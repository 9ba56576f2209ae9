import { parseThreadPlace } from '../../../../../src/kernel/linux/proc/thread-place.js';

describe('/proc/TID/syscall', () => {
  it('tells a thread that runs from one that waits', () => {
    expect(parseThreadPlace('running\n')).toEqual({ kind: 'running' });
    expect(parseThreadPlace('-1 0x7ffeb10a1ea8 0x7f2b450b9503\n')).toEqual({ kind: 'waiting' });
  });

  it('gives number and arguments, exactly', () => {
    const text = '230 0x0 0xffffffffffffffff 0x7ffe 0x3 0x4 0x5 0x7ffeb10a1ea8 0x7f2b450b9503\n';
    expect(parseThreadPlace(text)).toEqual({
      kind: 'syscall',
      number: 230,
      args: [0n, 2n ** 64n - 1n, 0x7ffen, 3n, 4n, 5n],
    });
  });

  it.each(['', '\n', 'what is this', '5 0x1 0x2', 'x 0x0 0x0 0x0 0x0 0x0 0x0 0x0 0x0'])(
    'is not believed where it has another form: %j',
    (text) => {
      expect(parseThreadPlace(text)).toBeUndefined();
    },
  );
});
