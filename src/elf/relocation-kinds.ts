/** What a relocation does, from its number: one table per CPU. */
import { MACHINE } from './header.js';

/**
 * 'jump-slot': the GOT slot of a PLT stub, may be bound lazily. 'glob-dat': a GOT slot that is filled at
 * load. 'absolute': a pointer in data to a symbol. 'pc-relative': the distance to one, in 32 bits of an instruction. 'relative': load bias plus addend. 'irelative': what
 * the resolver at the addend returns. 'copy': a variable moved into the program.
 */
export type RelocationKind =
  | 'jump-slot'
  | 'glob-dat'
  | 'absolute'
  | 'pc-relative'
  | 'relative'
  | 'irelative'
  | 'copy'
  | 'tls'
  | 'other';

type KindTable = ReadonlyMap<number, RelocationKind>;

/** x86-64 psABI, table "Relocation Types"; 10 is the pointer of the x32 ABI. */
const X86_64: KindTable = new Map([
  [1, 'absolute'],
  [2, 'pc-relative'],
  [4, 'pc-relative'],
  [5, 'copy'],
  [6, 'glob-dat'],
  [7, 'jump-slot'],
  [8, 'relative'],
  [10, 'absolute'],
  [16, 'tls'],
  [17, 'tls'],
  [18, 'tls'],
  [36, 'tls'],
  [37, 'irelative'],
  [38, 'relative'],
]);

/** i386 psABI, table "Relocation Types". */
const I386: KindTable = new Map([
  [1, 'absolute'],
  [2, 'pc-relative'],
  [5, 'copy'],
  [6, 'glob-dat'],
  [7, 'jump-slot'],
  [8, 'relative'],
  [14, 'tls'],
  [35, 'tls'],
  [36, 'tls'],
  [37, 'tls'],
  [41, 'tls'],
  [42, 'irelative'],
]);

/** ELF for the Arm 64-bit Architecture, "Dynamic relocations". */
const AARCH64: KindTable = new Map([
  [257, 'absolute'],
  [1024, 'copy'],
  [1025, 'glob-dat'],
  [1026, 'jump-slot'],
  [1027, 'relative'],
  [1028, 'tls'],
  [1029, 'tls'],
  [1030, 'tls'],
  [1031, 'tls'],
  [1032, 'irelative'],
]);

const UNKNOWN: KindTable = new Map();

const BY_MACHINE: ReadonlyMap<number, KindTable> = new Map([
  [MACHINE.X86_64, X86_64],
  [MACHINE.I386, I386],
  [MACHINE.AARCH64, AARCH64],
]);

/** From relocation number to kind for this e_machine; numbers that are missing are 'other'. */
export function relocationKinds(machine: number): KindTable {
  return BY_MACHINE.get(machine) ?? UNKNOWN;
}
