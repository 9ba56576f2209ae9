/** `-w`: native frames, with the frames of scripts in the place of the loop that executes them. */
import type { PlacedFrame } from '../../frames/frame-source.js';
import type { Frame, NativeFrame } from '../../trace/event.js';

/** A native frame, and the part of the stack that it has. */
export interface StackFrame {
  readonly frame: NativeFrame;
  /** The lowest address of it, and the first above it. */
  readonly start: number;
  readonly end: number;
  /** Is it known by its name to be an interpreter's loop? */
  readonly isLoop: boolean;
}

/** Both innermost first. Frames whose loop was not found, since the walk ended before it, come last. */
export function mergedStack(
  native: readonly StackFrame[],
  scripts: readonly PlacedFrame[],
): readonly Frame[] {
  if (scripts.length === 0) return native.map(({ frame }) => frame);
  const byName = scripts.filter(({ loop }) => loop === 'by-name');
  // More loops than frames: one of them is something else, and nobody knows which.
  const isByName = native.filter(({ isLoop }) => isLoop).length <= byName.length;
  const left = new Set(scripts);
  const merged: Frame[] = [];
  let next = 0;
  for (const place of native) {
    const inside =
      isByName && place.isLoop
        ? byName.slice(next, ++next)
        : scripts.filter(({ loop }) => isWithin(place, loop));
    if (inside.length === 0) merged.push(place.frame);
    for (const script of inside) {
      merged.push(script.frame);
      left.delete(script);
    }
  }
  return [...merged, ...[...left].map(({ frame }) => frame)];
}

function isWithin({ start, end }: StackFrame, loop: PlacedFrame['loop']): boolean {
  return typeof loop === 'number' && loop >= start && loop < end;
}
