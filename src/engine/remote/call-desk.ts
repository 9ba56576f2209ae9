/** Memory of ours in an attached process at which its threads make system calls for us. */
import type { CallDeskCode } from '../../arch/arch.js';
import type { Address } from '../../base/address.js';
import type { ProcessMemory } from '../memory/process-memory.js';

export class CallDesk {
  /** @param instruction where the desk begins: executable memory that nobody else uses */
  constructor(
    private readonly memory: Pick<ProcessMemory, 'write'>,
    private readonly code: CallDeskCode,
    readonly instruction: Address,
  ) {}

  /**
   * Before a thread is sent there; one at a time.
   *
   * @param mask      what it is to block when it has gone back
   * @param registers with which it is to go on
   */
  prepare(mask: bigint, registers: DataView): void {
    this.memory.write(this.instruction, this.code.prepared(mask, registers));
  }

  clear(): void {
    this.memory.write(this.instruction, new Uint8Array(this.code.bytes));
  }
}

/** Is this the code of a desk, whatever thread it is prepared for? */
export function isDesk({ instructions }: CallDeskCode, bytes: Uint8Array): boolean {
  return instructions.every((byte, index) => byte === bytes[index]);
}
