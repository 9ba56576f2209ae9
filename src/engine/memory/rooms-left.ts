/** Uses rooms of an earlier session again: its copies where they are the same, and what it left free. */
import { offsetBy, type Address } from '../../base/address.js';
import type { Arch, Displaced, MaskCallCode } from '../../arch/arch.js';
import { ROOM_MARK_BYTES, type Range } from './left-pages.js';
import type { ProcessMemory } from './process-memory.js';
import { copyRoom, type ScratchArea } from './scratch-area.js';
import type { Wanted } from './wanted-copy.js';

interface Copy {
  readonly at: Address;
  readonly displaced: Displaced | MaskCallCode;
}

export class RoomsLeft {
  /** Of the earlier session, by the address of what they stand for. */
  copies: ReadonlyMap<Address, Address> = new Map();
  private readonly rooms: Range[] = [];

  constructor(
    private readonly arch: Arch,
    private readonly memory: ProcessMemory,
    private readonly scratch: ScratchArea,
  ) {}

  adopt(rooms: readonly Range[]): void {
    for (const { start, end } of rooms) {
      const content = new Uint8Array(end - start);
      if (this.memory.read(start, content) !== content.length) continue;
      // A copy is never written over: a thread may be in it.
      const last = content.findLastIndex((byte) => byte !== 0);
      const first = ROOM_MARK_BYTES + (this.arch.callDesk?.bytes ?? 0);
      const used = copyRoom(Math.max(last + 1, first));
      this.rooms.push({ start, end });
      this.scratch.addLeft({ start: offsetBy(start, used), end });
    }
  }

  /** What comes first in a room is given back by a session that leaves: then it is zero. */
  firstRoom(near: Address, bytes: number): Address | undefined {
    const content = new Uint8Array(bytes);
    for (const { start } of this.rooms) {
      const at = offsetBy(start, ROOM_MARK_BYTES);
      if (Math.abs(near - at) >= this.arch.displacementReach) continue;
      if (this.memory.read(at, content) !== bytes || content.some((byte) => byte !== 0)) continue;
      this.scratch.reuse(at, bytes);
      return at;
    }
    return undefined;
  }

  /** The earlier copy, if it is just what would be put there now. */
  copyOf({ kind, address, code }: Wanted): Copy | undefined {
    const at = this.copies.get(address);
    if (at === undefined || !this.isInRoom(at)) return undefined;
    if (Math.abs(address - at) >= this.arch.displacementReach) return undefined;
    const displaced =
      kind === 'instruction'
        ? this.arch.displace(code, address, at)
        : this.arch.maskCall(code, address, at);
    if (displaced === undefined) return undefined;
    const there = new Uint8Array(displaced.bytes.length);
    if (this.memory.read(at, there) !== there.length) return undefined;
    if (Buffer.compare(there, displaced.bytes) !== 0) return undefined;
    this.scratch.reuse(at, there.length);
    return { at, displaced };
  }

  private isInRoom(at: Address): boolean {
    return this.rooms.some(({ start, end }) => at >= start && at < end);
  }
}
