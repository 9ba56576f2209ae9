/** 32-bit x86 programs on a 64-bit kernel, seen through the 64-bit register block of their tracer. */
import { interruptedCalls32 } from '../x86/interrupted-calls.js';
import { maskedWaits32 } from '../x86/masked-waits.js';
import type { Arch } from '../arch.js';
import { calleeBefore } from '../x86/callee.js';
import { calledFrom, readsAsCode } from '../x86/code-evidence.js';
import { displace } from '../x86/displace.js';
import { loopsTo } from '../x86/entry-loop.js';
import { decodeErrnoLocation } from '../x86/errno-location.js';
import { jumpTarget } from '../x86/flow.js';
import { numberOf, preservedRegisters } from '../x86/registers.js';
import { loadsOf32Bits } from '../x86/slot-load.js';
import { maskCallCode } from '../x86/mask-call.js';
import { behindStackCheck } from '../x86/stack-check.js';
import { i386CallAbi, i386GoAbi, i386SyscallAbi } from './call-abi.js';
import { findSyscalls, loadsConstant } from '../x86/syscall-sites.js';
import { i386Plt } from './plt.js';
import { x86RetryMark } from '../x86/retry-mark.js';

/** int $0x80 */
const INT_80 = Uint8Array.of(0xcd, 0x80);
/** call *%gs:0x10: the vdso's entry, where glibc and musl keep its address. */
const CALL_VDSO = Uint8Array.of(0x65, 0xff, 0x15, 0x10, 0, 0, 0);
const GATES = [INT_80, CALL_VDSO];

export const i386: Arch = {
  name: 'i386',
  wordBytes: 4,
  // EM_386, ELFCLASS32: elf(5)
  elfMachine: 3,
  elfClass: 32,
  auditArch: 0x40000003,
  trapInstruction: Uint8Array.of(0xcc),
  trapPcBias: 1,
  returnAddress: { kind: 'stack' },
  retryMark: x86RetryMark,
  // struct user_regs_struct in <sys/user.h> of the 64-bit tracer; gs holds the thread pointer
  registers: { pc: 128, sp: 152, result: 80, syscallNumber: 120, threadPointer: 176 },
  dwarfRegisters: {
    // System V psABI i386, table 2.14: eax ecx edx ebx esp ebp esi edi, return address (eip)
    offsets: [80, 88, 96, 40, 152, 32, 104, 112, 128],
    stackPointer: 4,
    framePointer: 5,
    returnAddress: 8,
    wordBytes: 4,
  },
  // All on the stack: System V ABI, Intel386 supplement, 2.2.
  argumentRegisters: [],
  goroutineRegister: undefined,
  preservedRegisters: preservedRegisters(32),
  threadHandleBias: 0,
  calleePops: 64,
  syscalls: {
    instruction: INT_80,
    // ebx ecx edx esi edi ebp: syscall(2)
    argumentRegisters: [40, 88, 96, 104, 112, 32],
    numberRegister: 80,
    interrupted: interruptedCalls32,
    maskedWaits: maskedWaits32,
    // <asm/unistd_32.h>: sigprocmask, rt_sigprocmask
    maskCalls: new Map([
      [126, 4],
      [175, 8],
    ]),
    // mmap2 counts its offset in pages, and ours is 0
    numbers: {
      mmap: 192,
      munmap: 91,
      rtSigaction: 174,
      clone: 120,
      fork: 2,
      vfork: 190,
      ptrace: 26,
      clone3: 435,
    },
  },
  callAbi: i386CallAbi,
  syscallAbi: i386SyscallAbi,
  goAbis: { go: i386GoAbi, 'go-stack': i386GoAbi },
  plt: i386Plt,
  callDesk: undefined,
  survival: undefined,
  inlineCalls: undefined,
  longestInstruction: 16,
  displacementReach: 0x7fff0000,
  displace: (code, from, to) => displace(code, from, to, 32),
  calledFrom,
  readsAsCode: (code) => readsAsCode(code, 32),
  calleeOf: (before, returnAddress) => calleeBefore(before, returnAddress, 32),
  loadsConstant,
  findSyscalls: (code, numbers) => findSyscalls(code, { numbers, gates: GATES, bits: 32 }),
  maskCall: (code, from, to) => maskCallCode(code, { from, to }, GATES, 32),
  jumpTarget: (code, at) => jumpTarget(code, at, 32),
  slotsLoadedInto: (register, code, _at, got) => loadsOf32Bits(numberOf(register), code, got),
  behindStackCheck: (read, entry) => behindStackCheck(read, entry, 32),
  loopsTo: (code, head, extent) => loopsTo(code, head, extent, 32),
  errnoLocation: (code, at) => decodeErrnoLocation(code, at, 32),
};
