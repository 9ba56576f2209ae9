/**
 * Calls that cannot return, though threads come to the instruction behind them: it may be the landing pad of the exception
 * that the call throws, the beginning of the next function, or the target of a jump.
 */
import type { DebugInformation } from '../debug-info/debug-information.js';
import { bytesFrom } from '../../dwarf/image-debug.js';
import { readTryBlocks, type TryBlock } from '../../dwarf/try-blocks.js';
import type { FrameEntry } from '../../dwarf/frame-entry.js';
import { toImageAddress } from '../../base/address.js';
import type { ElfImage } from '../../elf/elf-image.js';
import type { Process } from '../tracees/tracee.js';
import type { EntryPoint } from '../points/entry-point.js';
import type { OpenCall } from '../tracees/open-call.js';
import type { StackFacts } from '../tracees/open-calls.js';
import type { ReturnPoint, WaysThere } from '../points/return-point.js';

/** They leave frames, and never return: setjmp(3), pthread_exit(3), the Itanium C++ ABI (2.4 and 3.2.6) and its unwinder. */
const LEAVE_FRAMES: ReadonlySet<string> = new Set([
  'longjmp',
  '_longjmp',
  'siglongjmp',
  '__longjmp_chk',
  '__libc_longjmp',
  '__libc_siglongjmp',
  'pthread_exit',
  'thrd_exit',
  '__pthread_unwind',
  '__pthread_unwind_next',
  '_Unwind_Resume',
  '__cxa_throw',
  '__cxa_rethrow',
  '__cxa_throw_bad_array_new_length',
  '__cxa_bad_cast',
  '__cxa_bad_typeid',
  '__cxa_call_unexpected',
  '_ZSt17rethrow_exceptionNSt15__exception_ptr13exception_ptrE',
]);

/** std::__throw_bad_alloc() and its kin, of libstdc++ and libc++. */
const THROWS = /^_ZN?St(?:3__1)?\d+__throw_/;

/** Compilers begin functions at multiples of this, if not told to make them small. */
const FUNCTION_ALIGNMENT = 16;

export function neverReturns(symbol: string): boolean {
  return LEAVE_FRAMES.has(symbol) || THROWS.test(symbol);
}

/** The same of a place, which remembers it. */
export function leavesFrames(point: EntryPoint): boolean {
  return (point.neverReturns ??= neverReturns(point.symbol));
}

/** A thread came to where the call would return to: did it come there by a return? Hot path. */
export function isReturn(
  process: Process,
  { point, returnPoint, slot }: OpenCall,
  facts: StackFacts,
  debug: DebugInformation,
): boolean {
  if (leavesFrames(point)) return false;
  const ways = (returnPoint.reachedBy ??= reachedBy(process, returnPoint, debug));
  if (ways === 'returns') return true;
  // Whoever catches calls functions on the way, from the same place of the stack.
  return ways === 'returns and jumps' && facts.stillHolds(slot, returnPoint.address);
}

function reachedBy(
  { pid, space }: Process,
  { address, module }: ReturnPoint,
  debug: DebugInformation,
): WaysThere {
  if (module === undefined) return 'returns';
  const { image } = module;
  // Most modules are C: a glance has to do for them.
  const mayCatch = image.sections.length === 0 || image.section('.gcc_except_table') !== undefined;
  if (!mayCatch && address % FUNCTION_ALIGNMENT !== 0) return 'returns';
  const at = module.imageAddressOf(address);
  const frames = debug.framesOf(pid, module, space.arch);
  const entry = frames?.entryAt(at);
  if (entry?.from === at) return 'jumps';
  const tries = tryBlocksOf(image, frames?.entryAt(at - 1));
  if (tries.some(({ pad }) => pad === at)) return 'jumps';
  const isTried = tries.some(({ from, to }) => from < at && at <= to);
  return isTried ? 'returns and jumps' : 'returns';
}

function tryBlocksOf(image: ElfImage, entry: FrameEntry | undefined): readonly TryBlock[] {
  const address = entry?.languageData;
  const bytes = address === undefined ? undefined : bytesFrom(image, toImageAddress(address));
  if (entry === undefined || address === undefined || bytes === undefined) return [];
  return readTryBlocks(entry, { bytes, address });
}
