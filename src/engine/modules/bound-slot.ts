/** What a slot that the dynamic linker fills leads to. */
import { loadedAt, toAddress, type Address, type ImageAddress } from '../../base/address.js';
import type { ProcessMemory } from '../memory/process-memory.js';
import type { Module } from './module.js';

/**
 * undefined while the slot is not filled: it holds what the file holds, moved by the bias where it leads to code that asks
 * the dynamic linker, or not moved yet.
 */
export function targetOfSlot(
  memory: ProcessMemory,
  module: Module,
  slot: ImageAddress,
): Address | undefined {
  const target = memory.readWord(loadedAt(slot, module.bias));
  if (target === undefined || target === 0 || isInitial(module, slot, target)) return undefined;
  return toAddress(target);
}

/** Has the slot with this value not been filled? */
export function isInitial(module: Module, slot: ImageAddress, value: number): boolean {
  const initial = module.image.wordAt(slot);
  return value === initial || value === initial + module.bias;
}
