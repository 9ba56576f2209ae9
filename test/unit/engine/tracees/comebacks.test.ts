import { Comebacks } from '../../../../src/engine/tracees/comebacks.js';
import { compareFrames, markOf } from '../../../../src/engine/calls/frame-evidence.js';

describe('how long a call that was left is waited for', () => {
  it('is for a while, and no more after many that did not come back', () => {
    const comebacks = new Comebacks();
    expect(comebacks.patience).toBeGreaterThan(1000);
    for (let i = 0; i < 64; i++) comebacks.noteGivenUp();
    expect(comebacks.patience).toBe(0);
  });

  it('is for ever once one came back', () => {
    const comebacks = new Comebacks();
    for (let i = 0; i < 100; i++) comebacks.noteGivenUp();
    comebacks.expect();
    expect(comebacks.patience).toBe(Infinity);
    const child = new Comebacks();
    child.copyFrom(comebacks);
    expect(child.areCertain).toBe(true);
  });
});

describe('the frame of a caller', () => {
  const frame = (...words: readonly number[]): Uint8Array =>
    new Uint8Array(Uint32Array.from(words).buffer);

  it('is the one whose nearest variable is as it was', () => {
    const now = frame(1, 7, 3, 9);
    expect(compareFrames(now, frame(1, 7, 3, 4), frame(1, 2, 3, 9), 0)).toBeGreaterThan(0);
    expect(compareFrames(now, frame(1, 2, 3, 9), frame(1, 7, 3, 4), 0)).toBeLessThan(0);
    // What the called function wrote differs in both.
    expect(compareFrames(frame(5, 7), frame(1, 7), frame(2, 8), 0)).toBeGreaterThan(0);
    expect(compareFrames(now, now, now, 0)).toBe(0);
  });

  it('that nobody looked at is likelier than one that differs near the call', () => {
    const now = frame(1, 7, 3, 9);
    expect(compareFrames(now, undefined, frame(2, 7, 3, 9), 8)).toBeGreaterThan(0);
    expect(compareFrames(now, undefined, frame(1, 7, 3, 8), 8)).toBeLessThan(0);
    expect(compareFrames(now, undefined, frame(2, 7, 3, 9), 0)).toBe(0);
  });

  it('has a mark by its registers', () => {
    const registers = new DataView(new ArrayBuffer(24));
    const before = markOf(registers, [0, 8]);
    registers.setUint32(16, 1, true);
    expect(markOf(registers, [0, 8])).toBe(before);
    registers.setUint32(8, 1, true);
    expect(markOf(registers, [0, 8])).not.toBe(before);
  });
});
