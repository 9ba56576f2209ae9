/** The x86-64 CPU in 64-bit mode. */
import { interruptedCalls64 } from '../x86/interrupted-calls.js';
import { maskedWaits64 } from '../x86/masked-waits.js';
import type { Arch } from '../arch.js';
import { calleeBefore } from '../x86/callee.js';
import { calledFrom, readsAsCode } from '../x86/code-evidence.js';
import { displace } from '../x86/displace.js';
import { loopsTo } from '../x86/entry-loop.js';
import { decodeErrnoLocation } from '../x86/errno-location.js';
import { jumpTarget } from '../x86/flow.js';
import { numberOf, preservedRegisters } from '../x86/registers.js';
import { loadsRelativeToNext } from '../x86/slot-load.js';
import { maskCallCode } from '../x86/mask-call.js';
import { behindStackCheck } from '../x86/stack-check.js';
import { x86_64CallAbi, x86_64GoAbi, x86_64GoStackAbi, x86_64SyscallAbi } from './call-abi.js';
import { findSyscalls, loadsConstant } from '../x86/syscall-sites.js';
import { CALL_DESK } from './call-desk-code.js';
import { inlineCallsX86_64 } from './inline-code.js';
import { x86_64Plt } from './plt.js';
import { x86RetryMark } from '../x86/retry-mark.js';
import { survivalX86_64 } from './survival-code.js';

const SYSCALL = Uint8Array.of(0x0f, 0x05);
const GATES = [SYSCALL];

export const x86_64: Arch = {
  name: 'x86_64',
  wordBytes: 8,
  // EM_X86_64, ELFCLASS64: elf(5)
  elfMachine: 62,
  elfClass: 64,
  auditArch: 0xc000003e,
  trapInstruction: Uint8Array.of(0xcc),
  trapPcBias: 1,
  returnAddress: { kind: 'stack' },
  retryMark: x86RetryMark,
  // struct user_regs_struct in <sys/user.h>
  registers: { pc: 128, sp: 152, result: 80, syscallNumber: 120, threadPointer: 168 },
  dwarfRegisters: {
    // System V psABI x86-64, figure 3.36: rax rdx rcx rbx rsi rdi rbp rsp r8…r15, return address (rip)
    offsets: [80, 96, 88, 40, 104, 112, 32, 152, 72, 64, 56, 48, 24, 16, 8, 0, 128],
    stackPointer: 7,
    framePointer: 6,
    returnAddress: 16,
    wordBytes: 8,
  },
  // rdi rsi rdx rcx r8 r9: System V ABI, AMD64 supplement, 3.2.3
  argumentRegisters: [112, 104, 96, 88, 72, 64],
  // r14: Go's src/cmd/compile/abi-internal.md, amd64 architecture
  goroutineRegister: 8,
  preservedRegisters: preservedRegisters(64),
  threadHandleBias: 0,
  calleePops: 0,
  syscalls: {
    instruction: SYSCALL,
    // rdi rsi rdx r10 r8 r9: syscall(2)
    argumentRegisters: [112, 104, 96, 56, 72, 64],
    numberRegister: 80,
    interrupted: interruptedCalls64,
    maskedWaits: maskedWaits64,
    // <asm/unistd_64.h>: rt_sigprocmask
    maskCalls: new Map([[14, 8]]),
    numbers: {
      mmap: 9,
      munmap: 11,
      rtSigaction: 13,
      clone: 56,
      fork: 57,
      vfork: 58,
      ptrace: 101,
      clone3: 435,
    },
  },
  callAbi: x86_64CallAbi,
  syscallAbi: x86_64SyscallAbi,
  goAbis: { go: x86_64GoAbi, 'go-stack': x86_64GoStackAbi },
  plt: x86_64Plt,
  callDesk: CALL_DESK,
  survival: survivalX86_64,
  inlineCalls: inlineCallsX86_64,
  longestInstruction: 16,
  displacementReach: 0x7fff0000,
  displace: (code, from, to) => displace(code, from, to, 64),
  loadsConstant,
  findSyscalls: (code, numbers) => findSyscalls(code, { numbers, gates: GATES, bits: 64 }),
  maskCall: (code, from, to) => maskCallCode(code, { from, to }, GATES, 64),
  jumpTarget: (code, at) => jumpTarget(code, at, 64),
  behindStackCheck: (read, entry) => behindStackCheck(read, entry, 64),
  loopsTo: (code, head, extent) => loopsTo(code, head, extent, 64),
  errnoLocation: (code, at) => decodeErrnoLocation(code, at, 64),
  calledFrom,
  readsAsCode: (code) => readsAsCode(code, 64),
  calleeOf: (before, returnAddress) => calleeBefore(before, returnAddress, 64),
  slotsLoadedInto: (register, code, at) => loadsRelativeToNext(numberOf(register), code, at),
};
