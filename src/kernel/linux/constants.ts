/** Numbers of the Linux ABI that all its 64-bit CPUs share, under the names of their headers. */

// linux/ptrace.h
export const PTRACE_PEEKDATA = 2;
export const PTRACE_POKEDATA = 5;
export const PTRACE_POKEUSER = 6;
export const PTRACE_CONT = 7;
export const PTRACE_SINGLESTEP = 9;
export const PTRACE_GETREGS = 12;
export const PTRACE_SETREGS = 13;
export const PTRACE_GETFPREGS = 14;
export const PTRACE_DETACH = 17;
export const PTRACE_SYSCALL = 24;
export const PTRACE_SETOPTIONS = 0x4200;
export const PTRACE_GETEVENTMSG = 0x4201;
export const PTRACE_GETSIGINFO = 0x4202;
export const PTRACE_SETSIGINFO = 0x4203;
export const PTRACE_GETSIGMASK = 0x420a;
export const PTRACE_SETSIGMASK = 0x420b;
/** Linux 5.3. */
export const PTRACE_GET_SYSCALL_INFO = 0x420e;
export const PTRACE_SEIZE = 0x4206;
export const PTRACE_INTERRUPT = 0x4207;
export const PTRACE_LISTEN = 0x4208;
export const PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG = 0x4211;

export const PTRACE_O_TRACESYSGOOD = 1;
export const PTRACE_O_TRACEFORK = 1 << 1;
export const PTRACE_O_TRACEVFORK = 1 << 2;
export const PTRACE_O_TRACECLONE = 1 << 3;
export const PTRACE_O_TRACEEXEC = 1 << 4;
export const PTRACE_O_TRACEVFORKDONE = 1 << 5;
export const PTRACE_O_EXITKILL = 1 << 20;
export const PTRACE_O_SUSPEND_SECCOMP = 1 << 21;

// linux/wait.h
export const WNOHANG = 1;
export const WUNTRACED = 2;
export const WSTOPPED = WUNTRACED;
export const WEXITED = 4;
/** Look without reaping. */
export const WNOWAIT = 0x01000000;
export const P_PID = 1;
/** Only children and tracees of the calling thread. */
export const __WNOTHREAD = 0x20000000;
/** Children of every kind, also those that clone(2) made without SIGCHLD. */
export const __WALL = 0x40000000;

// asm-generic/siginfo.h
export const CLD_EXITED = 1;
export const CLD_KILLED = 2;
export const CLD_DUMPED = 3;

// asm-generic/mman-common.h, asm-generic/mman.h
export const PROT_NONE = 0;
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;
export const MAP_SHARED = 1;
export const MAP_PRIVATE = 2;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;
export const MAP_NORESERVE = 0x4000;
export const PAGE_SIZE = 4096;

// asm-generic/fcntl.h
export const O_CLOEXEC = 0o2000000;
export const F_SETFD = 2;
export const FD_CLOEXEC = 1;

// linux/memfd.h
export const MFD_CLOEXEC = 1;
export const MFD_EXEC = 0x10;

// asm-generic/signal.h, asm-generic/siginfo.h; the signals themselves are in base/signal-numbers.ts
export const SA_SIGINFO = 4;
export const SIG_DFL = 0;
export const SIG_IGN = 1;
export const SIG_BLOCK = 0;
export const SIG_SETMASK = 2;
/** sigevent.sigev_notify: a signal to one thread. */
export const SIGEV_THREAD_ID = 4;

// linux/time.h
export const CLOCK_REALTIME = 0;
export const CLOCK_MONOTONIC = 1;

// linux/futex.h, linux/prctl.h, asm-generic/resource.h
export const FUTEX_WAKE = 1;
export const PR_SET_DUMPABLE = 4;
export const RLIMIT_NOFILE = 7;

// asm-generic/errno-base.h
export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const EINTR = 4;
export const EIO = 5;
export const ENOEXEC = 8;
export const ECHILD = 10;
export const EAGAIN = 11;
export const EACCES = 13;
export const EFAULT = 14;
export const EISDIR = 21;
export const EINVAL = 22;
export const ENOSYS = 38;

// asm-generic/poll.h
export const POLLOUT = 4;
