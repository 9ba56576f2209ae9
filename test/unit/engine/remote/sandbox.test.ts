import { toAddress } from '../../../../src/base/address.js';
import { TraceeGone } from '../../../../src/base/errors.js';
import { toThreadId } from '../../../../src/base/ids.js';
import { isDispatched, withoutFilters } from '../../../../src/engine/remote/sandbox.js';
import { ScriptedKernel } from '../../../support/scripted-kernel.js';

const TID = toThreadId(42);
const OPTIONS = { exitKill: false };

describe('a system call by an instruction of two bytes', () => {
  const call = { address: toAddress(0x4000), bytes: 2 };
  const dispatched = (freeFrom: bigint, freeBytes: bigint, selector = 0n, byte = 1): boolean =>
    isDispatched({ freeFrom, freeBytes, selector }, call, () => byte);

  it('is free where the instruction behind it lies in the range', () => {
    expect(dispatched(0x4002n, 1n)).toBe(false);
    expect(dispatched(0x4000n, 2n)).toBe(true);
    expect(dispatched(0x4000n, 3n)).toBe(false);
    expect(dispatched(0x4003n, 0x1000n)).toBe(true);
  });

  it('is free in a range that wraps around', () => {
    expect(dispatched(0x5000n, 2n ** 64n - 0xf00n)).toBe(false);
    expect(dispatched(0x5000n, 2n ** 64n - 0x1000n)).toBe(true);
  });

  it('is free elsewhere only while a selector says so', () => {
    expect(dispatched(0n, 0n)).toBe(true);
    expect(dispatched(0n, 0n, 0x9000n, 0)).toBe(false);
    expect(dispatched(0n, 0n, 0x9000n, 1)).toBe(true);
    expect(dispatched(0n, 0n, 0x9000n, 7)).toBe(true);
  });
});

describe('work without filters', () => {
  it('is not done where there are some that cannot be suspended', () => {
    const kernel = new ScriptedKernel();
    kernel.barriers.filtered.add(TID);
    let isDone = false;
    expect(withoutFilters(kernel, TID, OPTIONS, () => (isDone = true))).toBeUndefined();
    expect(isDone).toBe(false);
  });

  it('is done where there are none', () => {
    expect(withoutFilters(new ScriptedKernel(), TID, OPTIONS, () => 'done')).toBe('done');
  });

  it('leaves them as they were, also when it fails', () => {
    const kernel = new ScriptedKernel();
    kernel.barriers.filtered.add(TID);
    kernel.barriers.maySuspendFilters = true;
    const fail = (): never => {
      throw new TraceeGone(TID);
    };
    expect(() => withoutFilters(kernel, TID, OPTIONS, fail)).toThrow(TraceeGone);
    expect(kernel.calls).toEqual(['suspendFilters 42', 'restoreFilters 42']);
  });
});
