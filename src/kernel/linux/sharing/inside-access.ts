/** What counting calls inside of processes needs of Linux. */
import { assemble } from '../../../base/machine-code.js';
import type { ProcessId } from '../../../base/ids.js';
import type { Confinement, InsideAccess, SharedMemory } from '../../inside-access.js';
import { CYCLES_X86_64 } from '../code/cycles-x86-64.js';
import { PAGE_SIZE } from '../constants.js';
import {
  functionAt,
  membarrier,
  prlimit,
  shmat,
  shmctl,
  shmdt,
  shmget,
  viewMemory,
} from '../libc.js';
import { NativeBlock, placeCode } from '../native-memory.js';
import { tryRead } from '../proc/proc-files.js';

// <bits/ipc.h>, <bits/shm.h>
const IPC_PRIVATE = 0;
const IPC_RMID = 0;
const IPC_SET = 1;
const IPC_STAT = 2;
const SHM_NORESERVE = 0o10000;
const OWNER_ONLY = 0o600;
/** Offset in struct shmid64_ds, <asm-generic/shmbuf.h>: of the user who owns it. */
const SHM_UID = 4;
/** <linux/membarrier.h>: waits until each CPU has been in the kernel, which it leaves by a serializing instruction. */
const MEMBARRIER_GLOBAL = 1;
const MEMBARRIER_QUERY = 0;
/** <bits/resource.h> */
const RLIMIT_AS = 9;
const UNLIMITED = 0xffffffffffffffffn;
/** Clock sources by which the kernel itself trusts the counter. */
const TRUSTING = new Set(['tsc', 'kvm-clock', 'hyperv_clocksource_tsc_page']);

/** undefined where one of them cannot be had. */
export function openInsideAccess(): InsideAccess | undefined {
  const cycles = readsCycles();
  if (cycles === undefined || (membarrier(MEMBARRIER_QUERY) & MEMBARRIER_GLOBAL) === 0) {
    return undefined;
  }
  return {
    share,
    serializeCores: () => membarrier(MEMBARRIER_GLOBAL) === 0,
    cycles,
    confinement,
  };
}

function readsCycles(): (() => bigint) | undefined {
  const flags = tryRead('/proc/cpuinfo') ?? '';
  const source = tryRead('/sys/devices/system/clocksource/clocksource0/current_clocksource') ?? '';
  const isConstant = /^flags.*\bconstant_tsc\b.*\bnonstop_tsc\b/m.test(flags);
  if (!isConstant || !TRUSTING.has(source.trim())) return undefined;
  const pages = placeCode(assemble(CYCLES_X86_64).bytes);
  if (pages === undefined) return undefined;
  const read = functionAt(pages.address);
  return () => BigInt(read(0));
}

/** Marked for removal as soon as we have it: Linux lets others attach it all the same (shmctl(2)). */
function share(bytes: number, owner: number): SharedMemory | undefined {
  const id = shmget(IPC_PRIVATE, bytes, OWNER_ONLY | SHM_NORESERVE);
  if (id < 0) return undefined;
  const address = shmat(id, 0, 0);
  const isGiven = owner === process.geteuid?.() || giveTo(id, owner);
  shmctl(id, IPC_RMID, 0);
  if (address === -1) return undefined;
  if (!isGiven) {
    shmdt(address);
    return undefined;
  }
  return {
    id,
    view: (offset, length) => new DataView(viewMemory(address + offset, length)),
    release: () => void shmdt(address),
  };
}

function giveTo(id: number, owner: number): boolean {
  const block = new NativeBlock(PAGE_SIZE);
  try {
    if (shmctl(id, IPC_STAT, block.address) !== 0) return false;
    block.view.setUint32(SHM_UID, owner, true);
    return shmctl(id, IPC_SET, block.address) === 0;
  } finally {
    block.free();
  }
}

function confinement(pid: ProcessId): Confinement | undefined {
  const status = tryRead(`/proc/${pid}/status`);
  if (status === undefined) return undefined;
  return {
    seccomp: !/^Seccomp:\s*0$/m.test(status),
    shadowStack: /^x86_Thread_features:.*\bshstk\b/m.test(status),
    addressSpace: hasLimit(pid, RLIMIT_AS),
    lockedMemory: !/^VmLck:\s*0 kB$/m.test(status),
  };
}

/** What cannot be told is taken for a limit. */
function hasLimit(pid: ProcessId, resource: number): boolean {
  const block = new NativeBlock(PAGE_SIZE);
  try {
    if (prlimit(pid, resource, 0, block.address) !== 0) return true;
    return block.view.getBigUint64(0, true) !== UNLIMITED;
  } finally {
    block.free();
  }
}
