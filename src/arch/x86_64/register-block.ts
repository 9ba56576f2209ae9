/** Byte offsets in the blocks that ptrace gives for x86-64 threads; those of i386 programs come in them too. */

/** struct user_regs_struct, <sys/user.h>. */
export const USER_REGS = {
  r15: 0,
  r14: 8,
  r13: 16,
  r12: 24,
  rbp: 32,
  rbx: 40,
  r11: 48,
  r10: 56,
  r9: 64,
  r8: 72,
  rax: 80,
  rcx: 88,
  rdx: 96,
  rsi: 104,
  rdi: 112,
  orig_rax: 120,
  rip: 128,
  rsp: 152,
} as const;

/** FXSAVE area, Intel SDM volume 1, table 10-2: eight x87 registers, then the XMM registers, 16 bytes each. */
export const FXSAVE = { st0: 32, xmm0: 160, registerBytes: 16 } as const;
