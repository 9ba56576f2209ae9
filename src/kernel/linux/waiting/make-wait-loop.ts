/** Chooses how to wait: by machine code where the system lets us have any. */
import type { NativeBlock } from '../native-memory.js';
import { NativeWaitLoop, type WaitLoopOptions } from './native-wait-loop.js';
import { PlainWaitLoop } from './plain-wait-loop.js';
import type { WaitLoop } from './wait-loop.js';

export function makeWaitLoop(
  block: NativeBlock,
  options: WaitLoopOptions & { readonly machineCode: 'where-permitted' | 'never' },
): WaitLoop {
  const native =
    options.machineCode === 'never' ? undefined : NativeWaitLoop.create(block, options);
  return native ?? new PlainWaitLoop(block, options);
}
