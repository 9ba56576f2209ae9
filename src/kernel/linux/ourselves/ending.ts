/** How this process ends: in order, or at once where a thread of it may wait for ever in the kernel. */
import { exitNow } from '../libc.js';

let isAtOnce = false;

/** From now on {@link endWith} does not wait for our threads. */
export function endAtOnce(): void {
  isAtOnce = true;
}

/** Everything must be written. */
export function endWith(status: number): never {
  if (isAtOnce) exitNow(status);
  process.exit(status);
}
