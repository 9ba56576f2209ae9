/** Before threads are let go: the program's own memory where we had copies is zero again. */
import { wordAsNumber } from '../../base/address.js';
import { unlessGone } from '../../base/errors.js';
import type { Thread } from '../tracees/tracee.js';
import type { TracerContext } from './tracer-context.js';

/**
 * Not while somebody may still be in one.
 *
 * @param standing threads that stand where they will go on
 */
export function clearTails(context: TracerContext, standing: readonly Thread[]): void {
  for (const space of new Set(standing.map(({ process }) => process.space))) {
    const { tails } = space.scratch;
    if (tails.length === 0) continue;
    const threads = [...context.table.threads].filter(({ process }) => process.space === space);
    const isOut = (pc: number | undefined): boolean =>
      pc !== undefined && tails.every(({ start, end }) => pc < start || pc >= end);
    const mayClear = threads.every((thread) => {
      const isStanding = standing.includes(thread);
      return unlessGone(() => isOut((isStanding ? pcOf : pcAsleep)(context, thread))) ?? true;
    });
    if (mayClear) unlessGone(() => space.clearTails());
  }
}

function pcOf({ kernel }: TracerContext, { tid, process }: Thread): number {
  kernel.readRegisters(tid);
  return wordAsNumber(kernel.registers, process.space.arch.registers.pc);
}

/** Whoever waits in the kernel goes on there, and meets no trap that would lead into a copy. */
function pcAsleep({ kernel }: TracerContext, { tid }: Thread): number | undefined {
  const standing = kernel.standing(tid);
  return standing?.state === 'S' ? standing.pc : undefined;
}
