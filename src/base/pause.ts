/** Waiting where nothing could be awaited: the engine's thread has no event loop. */
const cell = new Int32Array(new SharedArrayBuffer(4));

export function pause(milliseconds: number): void {
  Atomics.wait(cell, 0, 0, milliseconds);
}
