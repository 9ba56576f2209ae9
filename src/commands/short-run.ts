/**
 * Sets V8 for the beginning of a trace, which most traces do not outlive by much.
 *
 * Its optimizing compiler then makes code of functions that have seen one library, to throw it away at the next: measured,
 * a seventh of the time until 5,000 breakpoints were placed, and two fifths of the CPU time. Calls that come by the
 * thousand want optimized code. And what is read of a library stays: room for it that doubles each time costs
 * collections, a thirtieth of the time that a program with some libraries takes.
 */
import { setFlagsFromString } from 'node:v8';

/** V8 complains on standard error about flags that it does not know; up to here (Node 20 to 25) it knows these. */
const NEWEST_KNOWN_MAJOR = 14;

/** No function is small enough to be optimized. With --no-opt, V8 12.4 never again believes its code cache. */
const AT_FIRST = ['--max-optimized-bytecode-size=0', '--semi-space-growth-factor=4'];
/** V8's own values. */
const LATER = ['--max-optimized-bytecode-size=61440', '--semi-space-growth-factor=2'];

/**
 * Belongs to the whole process: not for a library in somebody else's.
 *
 * @returns sets V8 for a long run; may be called more than once. V8's code cache is good only for a process with the
 * same flags: call it before one is made
 */
export function tuneForShortRun(): () => void {
  if (Number.parseInt(process.versions.v8, 10) > NEWEST_KNOWN_MAJOR) return () => undefined;
  for (const flag of AT_FIRST) setFlagsFromString(flag);
  return () => {
    for (const flag of LATER) setFlagsFromString(flag);
  };
}
