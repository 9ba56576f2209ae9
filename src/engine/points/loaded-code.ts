/** What has to be known of a memory to say how a thread came to a place in it. */
import type { Arch } from '../../arch/arch.js';
import type { Mapping } from '../../kernel/mapping.js';
import type { ProcessMemory } from '../memory/process-memory.js';
import type { ModuleTable } from '../modules/module-table.js';

export interface LoadedCode {
  readonly arch: Arch;
  readonly memory: ProcessMemory;
  readonly modules: ModuleTable;
  /** The memory that may be executed in which the address lies. Reads the table of mappings. */
  codeAt(address: number): Mapping | undefined;
}
