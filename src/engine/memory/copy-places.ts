/** Where the instructions of one memory run that breakpoints stand for: in copies of their own, or in slots. */
import { loadedAt, type Address } from '../../base/address.js';
import type { ProcessId, ThreadId } from '../../base/ids.js';
import type { Arch, Displaced, MaskCallCode } from '../../arch/arch.js';
import { unusedTails } from '../../elf/unused-tails.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Mapping } from '../../kernel/mapping.js';
import type { LoadedFile, LoadedFiles } from './loaded-files.js';
import type { ProcessMemory } from './process-memory.js';
import { COPY_BYTES, LARGEST_COPY_BYTES, ScratchArea, type MapPages } from './scratch-area.js';
import type { BreakpointSite } from './site.js';
import { roomMark, type Range } from './left-pages.js';
import { RoomsLeft } from './rooms-left.js';
import { Slots } from './slots.js';
import type { Wanted } from './wanted-copy.js';

/** Why there is no more memory for us in a process. */
export type Shortage = 'the program is sandboxed' | 'the program gets no more memory';

/** Why breakpoints would harm a process that is to survive our being killed. */
export type Danger = Shortage | `a SIGTRAP waits for thread ${number}`;

/** 'occupied': something else is there. */
export type Mapped = 'mapped' | 'occupied' | Shortage;

/** Why no breakpoint could be put at an address. */
export type Refusal =
  | 'unreadable'
  | 'not displaceable'
  | 'no room for a copy'
  | 'not writable'
  | 'not relocated yet'
  | Danger;

/** What runs in place of an instruction: a copy of it, or a slot that is filled for each thread that comes. */
export type WayPast =
  | { readonly kind: 'copy'; readonly at: Address; readonly displaced: Displaced | MaskCallCode }
  | SlotWay;

interface SlotWay {
  readonly kind: 'slot';
  readonly displaced: Displaced;
}

export interface CopyPlacesParts {
  readonly kernel: Kernel;
  readonly arch: Arch;
  readonly memory: ProcessMemory;
  files(): LoadedFiles;
  anyProcess(): ProcessId;
  /** Makes pages that the program itself cannot write to; `tid` is a stopped thread unless the process runs. */
  mapPages(at: Address, bytes: number, tid: ThreadId): Mapped;
  /** A program that is to survive us cannot: its threads find nothing in a slot that nobody filled. */
  maySlot(): boolean;
}

export class CopyPlaces {
  readonly scratch: ScratchArea;
  private readonly slots: Slots;
  /** Why there are no more pages: it does not get better. */
  private shortage: Shortage | undefined;
  private readonly left: RoomsLeft;
  /** Modules whose tails were looked at. */
  private readonly looked = new WeakSet<LoadedFile>();

  constructor(
    private readonly parts: CopyPlacesParts,
    from?: CopyPlaces,
  ) {
    const { arch, memory } = parts;
    this.scratch = from?.scratch.copy() ?? new ScratchArea(arch.displacementReach);
    this.left = new RoomsLeft(arch, memory, this.scratch);
    this.slots = new Slots({
      reserve: (near) => this.scratch.reserveSlot(near),
      serves: (at, near) => this.scratch.serves(at, near),
      displace: (site, to) => this.displaceSite(site, to),
      write: (at, code) => memory.write(at, code),
    });
  }

  /** @param tid a stopped thread of this memory, for the rare case that new pages are needed */
  wayPast(wanted: Wanted, tid: ThreadId): WayPast | Refusal {
    const again = this.left.copyOf(wanted);
    if (again !== undefined) return { kind: 'copy', ...again };
    const { scratch } = this;
    const { kind, address, code } = wanted;
    const { arch } = this.parts;
    const room = kind === 'instruction' ? COPY_BYTES : LARGEST_COPY_BYTES;
    const at = this.reserve(address, room, tid);
    if (typeof at === 'string') return this.slotWay(wanted) ?? at;
    const displaced =
      kind === 'instruction' ? arch.displace(code, address, at) : arch.maskCall(code, address, at);
    scratch.shrink(at, displaced?.bytes.length ?? 0);
    return displaced === undefined ? 'not displaceable' : { kind: 'copy', at, displaced };
  }

  /** Where the thread, which stands at the site, goes on; undefined when there is no room for that. */
  enter(site: BreakpointSite, tid: ThreadId): Address | undefined {
    return site.copy ?? this.slots.enter(site, tid);
  }

  /** The thread has ended. */
  release(tid: ThreadId): void {
    this.slots.release(tid);
  }

  /** Whose instruction stands in the slot there, and where it begins. */
  inSlot(pc: number): { readonly site: BreakpointSite; readonly start: Address } | undefined {
    return this.slots.find(pc);
  }

  /** Pages near all that may get breakpoints later, as long as they can be had: the program may lock itself in. */
  prepare(modules: readonly LoadedFile[], tid: ThreadId): void {
    for (const { start, end } of modules) {
      const isNear = [start, end].every((near) => this.scratch.hasPagesNear(near));
      if (!isNear && this.shortage === undefined) this.grow(start, tid);
    }
  }

  /** Rooms that an earlier session left, before anything is placed. */
  adopt(rooms: readonly Range[]): void {
    this.left.adopt(rooms);
  }

  /** Where it had copies, by the address of what they stand for. */
  recall(copies: ReadonlyMap<Address, Address>): void {
    this.left.copies = copies;
  }

  /** Room for something else than copies, before there are any. */
  reserveRoom(near: Address, bytes: number, mapPages: MapPages<Shortage>): Address | undefined {
    const again = this.left.firstRoom(near, bytes) ?? this.scratch.reserve(near, bytes);
    if (again !== undefined) return again;
    const mappings = this.parts.kernel.mappings(this.parts.anyProcess());
    const outcome = this.scratch.grow(near, bytes, mappings, this.marking(mapPages));
    return outcome === 'mapped' ? this.scratch.reserve(near, bytes) : undefined;
  }

  /** For code that stays when we leave: not in the program's own pages. Parameters as of {@link wayPast}. */
  reserveCode(near: Address, bytes: number, tid: ThreadId): Address | undefined {
    const at = this.reserve(near, bytes, tid);
    if (typeof at === 'string') return undefined;
    return this.scratch.tails.some(({ start, end }) => at >= start && at < end) ? undefined : at;
  }

  /**
   * Unused bytes of these modules that are zero.
   *
   * @param least so many in a row
   */
  *emptyTails(
    modules: readonly LoadedFile[],
    least: number,
  ): Generator<{ module: LoadedFile; start: Address; end: Address }> {
    const mappings = this.parts.kernel.mappings(this.parts.anyProcess());
    for (const module of modules) {
      for (const tail of unusedTails(module.image.loadSegments)) {
        const start = loadedAt(tail.start, module.bias);
        const end = loadedAt(tail.end, module.bias);
        if (end - start < least || !isCode(mappings, start)) continue;
        if (this.isZero(start, end)) yield { module, start, end };
      }
    }
  }

  private reserve(near: Address, bytes: number, tid: ThreadId): Address | Refusal {
    const { scratch } = this;
    const at = scratch.reserve(near, bytes);
    if (at !== undefined) return at;
    if (this.shortage === undefined) this.grow(near, tid);
    const grown = scratch.reserve(near, bytes);
    if (grown !== undefined) return grown;
    this.addTails();
    return scratch.reserve(near, bytes) ?? this.shortage ?? 'no room for a copy';
  }

  private grow(near: Address, tid: ThreadId): void {
    const mappings = this.parts.kernel.mappings(this.parts.anyProcess());
    const mapPages = this.marking((at, bytes) => this.parts.mapPages(at, bytes, tid));
    const outcome = this.scratch.grow(near, COPY_BYTES, mappings, mapPages);
    if (outcome !== 'mapped' && outcome !== 'occupied') this.shortage = outcome;
  }

  /** A later session is to know them. */
  private marking(mapPages: MapPages<Shortage>): MapPages<Shortage> {
    return (at, bytes) => {
      const outcome = mapPages(at, bytes);
      if (outcome === 'mapped') this.parts.memory.write(at, roomMark(bytes));
      return outcome;
    };
  }

  private addTails(): void {
    const fresh = this.parts.files().all.filter((module) => !this.looked.has(module));
    if (fresh.length === 0) return;
    for (const { module, start, end } of this.emptyTails(fresh, COPY_BYTES)) {
      const own = { start: module.start, end: module.end };
      this.scratch.addTail({ start, end }, module.isPermanent ? 'any' : own);
    }
    for (const module of fresh) this.looked.add(module);
  }

  /** Not where the instruction is a system call: a thread may stay in it and handle signals meanwhile. */
  private slotWay({ kind, code, address }: Wanted): SlotWay | undefined {
    const { arch } = this.parts;
    const { instruction } = arch.syscalls;
    const isCall = instruction.every((byte, index) => byte === code[index]);
    if (!this.parts.maySlot() || isCall || kind === 'mask call') return undefined;
    const at = this.slots.spare(address);
    const displaced = at === undefined ? undefined : arch.displace(code, address, at);
    return displaced === undefined ? undefined : { kind: 'slot', displaced };
  }

  private displaceSite({ address, code }: BreakpointSite, to: Address): Uint8Array | undefined {
    if (!this.scratch.serves(to, address)) return undefined;
    return this.parts.arch.displace(code, address, to)?.bytes;
  }

  private isZero(start: Address, end: Address): boolean {
    const bytes = new Uint8Array(end - start);
    const count = this.parts.memory.read(start, bytes);
    return count === bytes.length && bytes.every((byte) => byte === 0);
  }
}

function isCode(mappings: readonly Mapping[], address: Address): boolean {
  return mappings.some(
    ({ start, end, executable, path }) =>
      executable && path.startsWith('/') && address >= start && address < end,
  );
}
