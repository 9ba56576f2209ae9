/**
 * Keeps V8 from optimizing while a trace begins. Its optimizing compiler then makes code of functions that have seen
 * one library, to throw it away at the next: measured, a seventh of the time until 5,000 breakpoints were placed, and
 * two fifths of the CPU time. Calls that come by the thousand want optimized code.
 */
import { setFlagsFromString } from 'node:v8';

/** V8 complains on standard error about flags that it does not know; up to here (Node 20 to 25) it knows this one. */
const NEWEST_KNOWN_MAJOR = 14;

/**
 * Belongs to the whole process: not for a library in somebody else's.
 *
 * @returns lets V8 optimize again; may be called more than once. V8's code cache is good only for a process with the
 * same flags: call it before one is made
 */
export function optimizeLater(): () => void {
  if (Number.parseInt(process.versions.v8, 10) > NEWEST_KNOWN_MAJOR) return () => undefined;
  setFlagsFromString('--no-opt');
  return () => setFlagsFromString('--opt');
}
