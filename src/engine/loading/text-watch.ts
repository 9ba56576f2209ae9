/**
 * Notices that a program has mapped something else over code with our traps: to get huge pages, to run without its
 * files, to unload a library by itself. Nothing tells of that, and calls would be missed without a word. So traps are
 * looked after from time to time, and before the program ends.
 */
import { loadedAt } from '../../base/address.js';
import { unlessGone } from '../../base/errors.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Mapping } from '../../kernel/mapping.js';
import type { Emitter } from '../emitter.js';
import { isRefusal } from '../memory/trapped-memory.js';
import type { AddressSpace, TracedSite } from '../tracees/tracee.js';
import type { Process, Thread } from '../tracees/tracee.js';
import { definedSymbols } from '../modules/defined-symbols.js';
import type { Module } from '../modules/module.js';

/** exit(3) and the end of main come by here; who ends by a system call of his own does not. */
const LAST_FUNCTION = '_exit';

export interface TextWatchParts {
  readonly kernel: Kernel;
  readonly emitter: Emitter;
  /** Code of the module is not mapped any more. */
  onUnmapped(process: Process, module: Module): void;
}

export class TextWatch {
  /** Memory that looked as if execve had taken it away, when it was looked at last. */
  private readonly doubtful = new WeakSet<AddressSpace>();

  constructor(private readonly parts: TextWatchParts) {}

  /** Has the process looked at once more before it ends by a function of these modules. */
  watchEnd(thread: Thread, modules: readonly Module[]): void {
    const { space } = thread.process;
    for (const { image, bias } of modules) {
      for (const { type, address } of definedSymbols(image, LAST_FUNCTION)) {
        if (type !== 'func') continue;
        const site = space.place(loadedAt(address, bias), thread.tid);
        if (!isRefusal(site)) site.meaning.addWork(({ process }) => this.look(process));
      }
    }
  }

  /** Are all traps where they were put? */
  look(process: Process): void {
    const { space, role } = process;
    // A library that dlclose unloads goes before the linker says so.
    if (role !== 'reported' || space.loan !== undefined || space.isPlacing || space.isLoading) {
      return;
    }
    unlessGone(() => this.lookAt(process));
  }

  private lookAt(process: Process): void {
    const { space } = process;
    const vanished = space.vanishedTraps();
    if (vanished.length === 0) return;
    // If it is no exec, it is still so the next time.
    if (space.haveCopiesGone(vanished) && !this.doubtful.has(space)) {
      this.doubtful.add(space);
      return;
    }
    const mappings = this.parts.kernel.mappings(process.pid);
    for (const [module, sites] of byModule(space, vanished)) {
      // Made at run time: the program may do with it as it likes, and what comes is placed anew.
      if (module === undefined) for (const site of sites) space.forgetSite(site);
      else this.onVanished(process, module, { sites, mappings });
    }
  }

  private onVanished(
    process: Process,
    module: Module,
    { sites, mappings }: { sites: readonly TracedSite[]; mappings: readonly Mapping[] },
  ): void {
    const { space, pid } = process;
    const isThere = ({ address }: TracedSite): boolean => space.hasTrapAt(address);
    const inCode = sites.filter(({ address }) => isCode(mappings, address));
    // Where a trap still stands, the program has merely changed its code.
    const absent = inCode.filter((site) => !isThere(site));
    space.setTraps(pid, absent);
    const back = absent.filter(isThere);
    const kept = new Set([...inCode.filter(isThere), ...back]);
    const lost = sites.filter((site) => !kept.has(site));
    for (const site of lost) space.forgetSite(site);
    if (back.length > 0) {
      const text = `its code was mapped anew, and ${breakpoints(back.length)} went with the old: set again, but calls meanwhile were missed`;
      this.warn(process, `${module.name}: ${text}`);
    }
    if (lost.length > 0) {
      const text = `${breakpoints(lost.length)} went with its code, which the program itself has replaced or unmapped`;
      this.warn(process, `${module.name}: ${text}`);
    }
    if (inCode.length === 0) this.parts.onUnmapped(process, module);
  }

  private warn({ pid, threads }: Process, text: string): void {
    const { emitter } = this.parts;
    const [tid] = threads.keys();
    if (tid === undefined) return;
    emitter.emit({ kind: 'notice', pid, tid, at: emitter.now(), severity: 'warning', text });
  }
}

function byModule(
  { modules }: AddressSpace,
  sites: readonly TracedSite[],
): Map<Module | undefined, TracedSite[]> {
  const groups = new Map<Module | undefined, TracedSite[]>();
  for (const site of sites) {
    const module = modules.at(site.address);
    const group = groups.get(module);
    if (group === undefined) groups.set(module, [site]);
    else group.push(site);
  }
  return groups;
}

function isCode(mappings: readonly Mapping[], address: number): boolean {
  return mappings.some(
    ({ start, end, executable }) => executable && address >= start && address < end,
  );
}

const breakpoints = (count: number): string =>
  count === 1 ? '1 breakpoint' : `${count} breakpoints`;
