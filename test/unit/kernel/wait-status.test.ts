import { decodeWaitStatus, isStopped, isTrapStop } from '../../../src/kernel/wait-status.js';

describe('decodeWaitStatus', () => {
  it.each([
    [0x0000, { kind: 'exited', code: 0 }],
    [0xff00, { kind: 'exited', code: 255 }],
    [0x0009, { kind: 'killed', signal: 9, coreDumped: false }],
    [0x008b, { kind: 'killed', signal: 11, coreDumped: true }],
    [0x057f, { kind: 'signal-stop', signal: 5 }],
    [0x0b7f, { kind: 'signal-stop', signal: 11 }],
    [0x227f, { kind: 'signal-stop', signal: 34 }],
    [0x857f, { kind: 'syscall-stop' }],
    [0x80137f, { kind: 'group-stop', signal: 19 }],
    [0x80147f, { kind: 'group-stop', signal: 20 }],
    [0x80057f, { kind: 'interrupted' }],
    [0x01057f, { kind: 'born', how: 'fork' }],
    [0x02057f, { kind: 'born', how: 'vfork' }],
    [0x03057f, { kind: 'born', how: 'clone' }],
    [0x04057f, { kind: 'exec' }],
    [0x05057f, { kind: 'vfork-done' }],
    [0x06057f, { kind: 'other-event', event: 6 }],
    [0xffff, { kind: 'continued' }],
  ])('reads 0x%s', (status, expected) => {
    expect(decodeWaitStatus(status)).toEqual(expected);
  });

  it('tells a breakpoint stop from everything else without decoding', () => {
    expect([0x057f, 0x857f, 0x80057f, 0x0b7f, 0].map(isTrapStop)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    expect([0x057f, 0x80137f, 0, 9].map(isStopped)).toEqual([true, true, false, false]);
  });
});
