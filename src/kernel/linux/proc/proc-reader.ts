/** The part of Kernel that only reads /proc. */
import type { ProcessId, ThreadId } from '../../../base/ids.js';
import type { Mapping } from '../../mapping.js';
import type { ProcessStatus, Standing, ThreadPlace } from '../../proc.js';
import * as procfs from './procfs.js';
import { isFrozen, readKernelFunction, readStanding } from './standing.js';
import { lacksRightsOfFile } from './rights-of-file.js';
import { readThreadPlace } from './thread-place.js';
import { isKernelWorker, readBlockedSignals } from './thread-stat.js';

export class ProcReader {
  mappings(pid: ProcessId): readonly Mapping[] {
    return procfs.readMappings(pid);
  }

  auxiliaryVector(pid: ProcessId): Uint8Array {
    return procfs.readAuxiliaryVector(pid);
  }

  threads(pid: ProcessId): readonly ThreadId[] {
    return procfs.readThreads(pid);
  }

  isKernelWorker(tid: ThreadId): boolean {
    return isKernelWorker(tid);
  }

  status(id: ProcessId | ThreadId): ProcessStatus | undefined {
    return procfs.readStatus(id);
  }

  standing(tid: ThreadId): Standing | undefined {
    return readStanding(tid);
  }

  kernelFunction(tid: ThreadId): string {
    return readKernelFunction(tid);
  }

  isFrozen(pid: ProcessId): boolean {
    return isFrozen(pid);
  }

  blockedSignals(tid: ThreadId): number {
    return readBlockedSignals(tid);
  }

  sharers(pid: ProcessId): readonly ProcessId[] {
    return procfs.readSharers(pid);
  }

  executablePath(pid: ProcessId): string {
    return procfs.readExecutablePath(pid);
  }

  lacksRightsOfFile(pid: ProcessId, path: string): boolean {
    return lacksRightsOfFile(pid, path);
  }

  threadPlace(tid: ThreadId): ThreadPlace | undefined {
    return readThreadPlace(tid);
  }

  cpuTime(tid: ThreadId): number {
    return procfs.readCpuTime(tid);
  }
}
