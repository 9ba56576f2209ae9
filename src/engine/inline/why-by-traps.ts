/** What is not caught inside a process, and why: wherever it is not sure that nothing would be changed. */
import type { Confinement } from '../../kernel/inside-access.js';
import type { WhyByTraps } from '../calls/catcher.js';
import type { EngineOptions } from '../engine-options.js';
import type { Module } from '../modules/module.js';
import type { Process, TracedSite } from '../tracees/tracee.js';

const LOOKS_AT_CALLER = 'it looks at who calls it';
const RETURNS_OFTEN = 'it may return more than once, or elsewhere';
const UNWINDS = 'it looks at the stack';
const OWN_CONVENTION = 'it is called in a way of its own';
const NEVER_RETURNS = 'the whole program runs inside it';

/** Functions for which a return address is more than where they go back to. */
const BY_TRAPS: ReadonlyMap<string, WhyByTraps> = new Map([
  ...named(LOOKS_AT_CALLER, [
    'dlopen',
    'dlmopen',
    'dlsym',
    'dlvsym',
    'dl_iterate_phdr',
    '__cyg_profile_func_enter',
    '__cyg_profile_func_exit',
  ]),
  ...named(RETURNS_OFTEN, [
    'setjmp',
    '_setjmp',
    'sigsetjmp',
    '__sigsetjmp',
    'vfork',
    '__vfork',
    'fork',
    '_Fork',
    'clone',
    '__clone',
    'getcontext',
    'setcontext',
    'swapcontext',
    'makecontext',
    'longjmp',
    '_longjmp',
    'siglongjmp',
    '__longjmp_chk',
  ]),
  ...named(UNWINDS, [
    'backtrace',
    'pthread_exit',
    '__cxa_throw',
    '__cxa_rethrow',
    '__cxa_end_catch',
    '__pthread_unwind_next',
  ]),
  ...named(OWN_CONVENTION, [
    '__tls_get_addr',
    '___tls_get_addr',
    '__fentry__',
    'mcount',
    '_mcount',
    '__mcount',
    '__morestack',
  ]),
  ...named(NEVER_RETURNS, ['__libc_start_main', '__libc_start_call_main']),
]);

const UNWINDING = /^_?(_Unwind|unw)_/;

/** @returns undefined where the sums of calls are all that is wanted */
export function whySessionByTraps(
  options: Pick<EngineOptions, 'detachLimit' | 'backtraceFrames' | 'cpuTime'>,
  takesTotals: boolean,
): WhyByTraps | undefined {
  if (!takesTotals) return 'the output shows each call, or figures of intervals';
  if (options.detachLimit.kind === 'calls') return 'we are to leave after some calls';
  if (options.backtraceFrames > 0) return 'backtraces are wanted';
  if (options.cpuTime) return 'CPU time is wanted';
  return undefined;
}

/** @returns undefined for a place whose calls may be caught inside */
export function whySiteByTraps(site: TracedSite): WhyByTraps | undefined {
  const [point, second] = site.meaning.entryPoints;
  if (point === undefined || second !== undefined) return 'several functions are watched there';
  if (point.route !== 'plt' || point.origin !== 'call') return 'it is no stub';
  if (site.meaning.hasWork || site.meaning.returnPoint !== undefined)
    return 'we look there ourselves';
  if (point.callerOf !== undefined) return 'calls of others pass it too';
  if (point.confirms !== undefined) return 'its arguments decide whether it is wanted';
  if (point.module.hasGoroutines) return 'goroutines run there';
  return whyFunctionByTraps(point.symbol);
}

export function whyFunctionByTraps(symbol: string): WhyByTraps | undefined {
  return BY_TRAPS.get(symbol) ?? (UNWINDING.test(symbol) ? UNWINDS : undefined);
}

/** Where `_Unwind_*` of GCC are; they are watched. */
export const KNOWN_UNWINDER = 'libgcc_s.so.1';
/** Who asks for these looks for frame descriptions of all modules, to walk stacks. */
const FRAME_LOOKUPS = ['dl_iterate_phdr', '_dl_find_object'];
const STACK_SWITCHES = ['swapcontext', 'makecontext', 'setcontext'];

/** @returns undefined while this module does not forbid it for its whole process */
export function whyModuleByTraps(
  module: Module,
  { bond }: Pick<Process, 'bond'>,
): WhyByTraps | undefined {
  const { image, name } = module;
  if (module.role === 'interpreter' || defines(module, '__libc_start_main')) return undefined;
  if (name === KNOWN_UNWINDER) {
    // Should we be killed, nobody would put return addresses back for it.
    return bond === 'outlives-us' ? `${name} may walk its stacks when we are gone` : undefined;
  }
  if (image.hasGo) return `${name} is of Go, and moves its stacks`;
  if (FRAME_LOOKUPS.some((symbol) => imports(module, symbol))) return `${name} may walk stacks`;
  if (STACK_SWITCHES.some((symbol) => imports(module, symbol))) return `${name} switches stacks`;
  if (imports(module, 'pthread_setcanceltype')) return `${name} may cancel threads at any moment`;
  if (imports(module, 'mlockall')) return `${name} may lock its memory`;
  return undefined;
}

export function whyConfined(confinement: Confinement | undefined): WhyByTraps | undefined {
  if (confinement === undefined) return 'it has ended';
  if (confinement.seccomp) return 'it may not make every system call (seccomp)';
  if (confinement.shadowStack) return 'it has a shadow stack';
  if (confinement.addressSpace) return 'its address space is limited (RLIMIT_AS)';
  if (confinement.lockedMemory) return 'its memory is locked';
  return undefined;
}

/** Not by hash, which finds only what is defined. */
function imports({ image }: Module, symbol: string): boolean {
  const { table, count } = image.dynamicTable;
  const name = Buffer.from(symbol);
  for (let index = 1; index < count; index++) {
    if (table.hasName(index, name)) return !table.isDefinedFunction(index);
  }
  return false;
}

function defines({ image }: Module, symbol: string): boolean {
  return image.findDynamic(symbol).some(({ defined }) => defined);
}

function named(why: WhyByTraps, names: readonly string[]): (readonly [string, WhyByTraps])[] {
  return names.map((name) => [name, why]);
}
