/** Functions that loop over the place where they are caught: one call comes by it several times. */
import { branchTarget, flowOf, type Flow } from './flow.js';
import { shapeOf, type CodeBits, type InstructionShape } from './instruction-shape.js';

const BRANCHES: ReadonlySet<Flow> = new Set<Flow>(['condition', 'loop', 'jump']);

/**
 * @param code   a function from its entry on
 * @param head   distance of the place from there, bytes
 * @param extent 'whole': the function and nothing else. 'unknown': other code may follow
 * @returns whether one of its branches leads there; a call does not count
 */
export function loopsTo(
  code: Uint8Array,
  head: number,
  extent: 'whole' | 'unknown',
  bits: CodeBits,
): boolean {
  // Something branches there, so the function reaches that far at least.
  let furthest = 0;
  for (let at = 0; at < code.length;) {
    const window = code.subarray(at);
    const shape = shapeOf(window, bits);
    if (shape === undefined) return false;
    const flow = flowOf(shape, window);
    const target = BRANCHES.has(flow) ? branchTarget(window, shape, at) : Number.NaN;
    if (target === head) return true;
    // A jump may leave for another function.
    if (flow !== 'jump' && target > furthest) furthest = target;
    at += shape.length;
    if (extent === 'unknown' && at > furthest && neverGoesOn(flow, window, shape)) return false;
  }
  return false;
}

export function neverGoesOn(flow: Flow, code: Uint8Array, { modrmAt }: InstructionShape): boolean {
  if (flow === 'jump' || flow === 'return') return true;
  // FF /4: an indirect jump.
  return flow === 'group5' && (((code[modrmAt] ?? 0) >> 3) & 7) === 4;
}
