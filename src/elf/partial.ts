/** Turns a read past the end of a damaged file into what could be read before it. */
import { OutOfBounds } from '../base/byte-reader.js';

/** The result of `read`, or `fallback` when it went past the end of its bytes. */
export function partial<T>(fallback: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof OutOfBounds) return fallback;
    throw error;
  }
}

/** What `items` yields until it ends or goes past the end of its bytes. */
export function* untilOutOfBounds<T>(items: Iterable<T>): Generator<T, void, undefined> {
  try {
    yield* items;
  } catch (error) {
    if (!(error instanceof OutOfBounds)) throw error;
  }
}
