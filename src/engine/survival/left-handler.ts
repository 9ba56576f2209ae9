/** The handler that an earlier session left in a process (survival-handler.ts), with its table, to be used again. */
import {
  addressFromWord,
  exactWord,
  offsetBy,
  wordAsNumber,
  type Address,
} from '../../base/address.js';
import {
  SURVIVAL,
  SURVIVAL_ENTRY_BYTES,
  SURVIVAL_HEADER_BYTES,
  type SurvivalCode,
} from '../../arch/survival-layout.js';
import type { Mapping } from '../../kernel/mapping.js';
import { isAnonymousCode } from '../memory/left-pages.js';
import type { ProcessMemory } from '../memory/process-memory.js';
import { ACTION_BYTES, type Table } from './survival-table.js';

export interface LeftHandler {
  readonly page: Address;
  readonly table: Table;
  /** Of the table: where threads go on, by trap. */
  readonly entries: ReadonlyMap<Address, Address>;
  /** What the program had for SIGTRAP when it was installed. */
  readonly old: Uint8Array;
  /** Where its code begins. */
  readonly handler: Address;
}

/** The program's own action for SIGTRAP. Where the earlier tracer was killed, nobody put that back. */
export function actionBehind(left: LeftHandler | undefined, found: Uint8Array): Uint8Array {
  if (left === undefined) return found;
  const view = new DataView(found.buffer, found.byteOffset, found.byteLength);
  return wordAsNumber(view, 0) === left.handler ? left.old : found;
}

const MOST_SLOTS = 1 << 20;

/**
 * @param page  has the mark of one, which the program may have put there
 * @returns undefined when it is of another version, or not whole
 */
export function readLeftHandler(
  memory: Pick<ProcessMemory, 'read'>,
  mappings: readonly Mapping[],
  page: Address,
  survival: SurvivalCode,
): LeftHandler | undefined {
  const { bytes: code, labels } = survival.assembled(page);
  const content = new Uint8Array(SURVIVAL_HEADER_BYTES + code.length);
  if (memory.read(page, content) !== content.length) return undefined;
  if (Buffer.compare(content.subarray(SURVIVAL_HEADER_BYTES), code) !== 0) return undefined;
  const header = new DataView(content.buffer);
  const address = addressFromWord(exactWord(header, SURVIVAL.SURVIVAL_TABLE));
  const mask = exactWord(header, SURVIVAL.SURVIVAL_MASK);
  if (address === undefined || typeof mask === 'bigint' || mask >= MOST_SLOTS) return undefined;
  const slots = mask + 1;
  const bytes = new Uint8Array(slots * SURVIVAL_ENTRY_BYTES);
  const isTable = (slots & mask) === 0 && isAnonymousCode(mappings, address, bytes.length);
  if (!isTable || memory.read(address, bytes) !== bytes.length) return undefined;
  const entries = entriesIn(bytes);
  // It never is: in a full one a search would not end.
  if (entries === undefined || entries.size * 2 > slots) return undefined;
  const old = content.slice(
    SURVIVAL.SURVIVAL_OLD_HANDLER,
    SURVIVAL.SURVIVAL_OLD_HANDLER + ACTION_BYTES,
  );
  const handler = offsetBy(page, SURVIVAL_HEADER_BYTES + (labels.get('handler') ?? 0));
  return { page, table: { address, slots, bytes }, entries, old, handler };
}

/** undefined where something else stands. */
function entriesIn(table: Uint8Array): Map<Address, Address> | undefined {
  const view = new DataView(table.buffer);
  const entries = new Map<Address, Address>();
  for (let at = 0; at < table.length; at += SURVIVAL_ENTRY_BYTES) {
    const trap = addressFromWord(exactWord(view, at));
    const goOnAt = addressFromWord(exactWord(view, at + 8));
    if (trap === undefined || goOnAt === undefined) return undefined;
    if (trap !== 0) entries.set(trap, goOnAt);
  }
  return entries;
}
