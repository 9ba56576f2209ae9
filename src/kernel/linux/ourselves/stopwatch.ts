/**
 * Time since a moment, by CLOCK_MONOTONIC. Not `performance`: loading it takes a start some milliseconds.
 *
 * Hot path: runs at every stop.
 */
export class Stopwatch {
  private readonly started = process.hrtime();

  /** Whole nanoseconds: exact for a hundred days. */
  elapsedNs(): number {
    const [seconds, nanoseconds] = process.hrtime();
    return (seconds - this.started[0]) * 1e9 + nanoseconds - this.started[1];
  }
}
