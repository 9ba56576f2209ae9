/**
 * Layout of the memory that JavaScript, our machine code and the kernel share: one block per kernel
 * object. All offsets are in bytes; sizes in the comments.
 */

/** Fields that the wait code and the signal handler read and write (code/wait-x86-64.ts, code/signal-x86-64.ts). */
export const CONTROL = {
  /** u32: the thread whose resume was put off, 0 for none. */
  RESUME_TID: 0x00,
  /** u32: 1 when RESUME_PC is to be set first. */
  RESUME_SETS_PC: 0x04,
  /** u32: PTRACE_CONT, PTRACE_SYSCALL or PTRACE_SINGLESTEP. */
  RESUME_REQUEST: 0x08,
  /** u32 */
  RESUME_SIGNAL: 0x0c,
  /** u64 */
  RESUME_PC: 0x10,
  /** i64: 0 or a negative error number. */
  RESUME_RESULT: 0x18,
  /** u32: options of waitid(2). */
  WAIT_OPTIONS: 0x28,
  /** u32: the status word. */
  WAIT_STATUS: 0x2c,
  /** i64: a thread id, 0, or a negative error number. */
  WAIT_RESULT: 0x30,
  /** u32: how often to ask without blocking before blocking. */
  SPIN_COUNT: 0x38,
  /** u32: set to 1 when the wait had to block. */
  BLOCKED: 0x3c,
  /** u32: 1 when REGISTERS belong to this stop. */
  HAS_REGISTERS: 0x40,
  /** u32: not 0 when one of the next three is set. */
  INTERRUPTED: 0x44,
  /** u32 */
  TIMER_EXPIRED: 0x48,
  /** u32: another thread of this process asked us to come back. */
  REQUESTED: 0x4c,
  /** u64: bit n-1 for signal n. */
  SIGNALS: 0x50,
  /** u32 */
  OWNER_PROCESS: 0x58,
  /** u32 */
  OWNER_THREAD: 0x5c,
  /** u32: the real-time signal of the timer and of requests. */
  OWN_SIGNAL: 0x60,
  /** u32: the thread whose breakpoint stop was reported but not reaped, 0 for none. */
  UNREAPED: 0x64,
  /** u64: what PTRACE_PEEKDATA read. */
  PEEKED: 0x68,
  /** u32: by SIGTSTP 1, 2 when that was told, 0 again by SIGCONT (code/signal-x86-64.ts). */
  SUSPEND_ASKED: 0x70,
  /** i32: the kernel's id of the timer that ends the grace. */
  SUSPEND_TIMER: 0x74,
  /** struct itimerspec, 32 bytes: how long we may go on. */
  SUSPEND_GRACE: 0x78,
  /** u64: all signals but SIGCONT. */
  SUSPEND_MASK: 0x98,
  /** u64 */
  SUSPEND_SAVED_MASK: 0xa0,
  /** u64: SIGTSTP alone. */
  SUSPEND_SIGNAL: 0xa8,
  /** struct kernel_sigaction, 32 bytes of SIG_DFL. */
  SUSPEND_DEFAULT_ACTION: 0xb0,
  /** struct kernel_sigaction, 32 bytes. */
  SUSPEND_OUR_ACTION: 0xd0,
  /** struct timespec of 0 s, 16 bytes. */
  SUSPEND_NO_TIME: 0xf0,
  /** struct user_regs_struct, 216 bytes. */
  REGISTERS: 0x100,
  /** siginfo_t that waitid fills in, 128 bytes, and three of its fields. */
  WAIT_INFO: 0xa80,
  WAIT_INFO_CODE: 0xa88,
  WAIT_INFO_PID: 0xa90,
  WAIT_INFO_STATUS: 0xa98,
} as const;

/** Fields of a launch (code/launch-x86-64.ts), from the start of the launch part. */
export const LAUNCH = {
  /** char * */
  LAUNCH_PROGRAM: 0x00,
  /** char ** */
  LAUNCH_ARGV: 0x08,
  /** char ** */
  LAUNCH_ENVIRONMENT: 0x10,
  /** u32 futex: the child goes on when it is not 0. */
  LAUNCH_GO: 0x18,
  /** i32: negative error number of the step that failed. */
  LAUNCH_ERROR: 0x1c,
  /** u32: index into LAUNCH_STEPS. */
  LAUNCH_STEP: 0x20,
  /** u32: 1 when user and groups are to be changed. */
  LAUNCH_HAS_IDENTITY: 0x24,
  /** u32 */
  LAUNCH_UID: 0x28,
  /** u32 */
  LAUNCH_GID: 0x2c,
  /** u64 */
  LAUNCH_GROUP_COUNT: 0x30,
  /** gid_t * */
  LAUNCH_GROUPS: 0x38,
  /** Top of the child's stack. */
  LAUNCH_STACK: 0x40,
  /** i32 *, pairs, ended by -1: a descriptor, and the number that it gets; none is closed by exec. */
  LAUNCH_DESCRIPTORS: 0x48,
  /** u64: our own signal mask meanwhile. */
  LAUNCH_SAVED_MASK: 0x50,
  /** u64: all ones. */
  LAUNCH_ALL_SIGNALS: 0x58,
  /** u64: the tracee's signal mask. */
  LAUNCH_CHILD_MASK: 0x60,
  /** u64: signals the tracee ignores, bit n-1 for signal n. */
  LAUNCH_IGNORED: 0x68,
  /** i64: the child's id. */
  LAUNCH_RESULT: 0x70,
  /** char *, or 0 to stay in ours. */
  LAUNCH_DIRECTORY: 0x78,
  /** struct kernel_sigaction, 32 bytes of SIG_DFL. */
  LAUNCH_DEFAULT_ACTION: 0x80,
  /** struct kernel_sigaction, 32 bytes of SIG_IGN. */
  LAUNCH_IGNORE_ACTION: 0xa0,
} as const;

/** sizeof(struct user_regs_struct) of x86-64. */
export const REGISTERS_BYTES = 216;

/** Where the parts of the block begin. */
export const PART = {
  LAUNCH: 0x400,
  /** Small structures for the duration of one call, 512 bytes. */
  SCRATCH: 0x600,
  /** struct user_fpregs_struct, 512 bytes. */
  FLOAT_REGISTERS: 0x800,
  /** siginfo_t, 128 bytes. */
  SIGNAL_INFO: 0xa00,
  /** struct iovec of a memory read: one of ours, then those of the tracee. */
  READ: 0xb00,
  /** Staging for memory reads. */
  STAGING: 0x1000,
} as const;

export const STAGING_BYTES = 0x10000;
export const BLOCK_BYTES = PART.STAGING + STAGING_BYTES;
