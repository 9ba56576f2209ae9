/** A tracer whose parts a test may look at. */
import {
  createContext,
  type MadeContext,
  type TracerParts,
} from '../../src/engine/create-context.js';
import { Tracer } from '../../src/engine/tracer.js';

export interface OpenTracer extends MadeContext {
  readonly tracer: Tracer;
}

export function openTracer(parts: TracerParts): OpenTracer {
  let made: MadeContext | undefined;
  const tracer = new Tracer(parts, (...words) => (made = createContext(...words)));
  if (made === undefined) throw new Error('the tracer has no context');
  return { ...made, tracer };
}
