/**
 * The C library, each function declared once. Nothing else imports koffi.
 *
 * Pointers are declared as integers and passed as JavaScript numbers (user addresses have 47 bits):
 * measured, that is up to three times cheaper than letting koffi convert buffers. The memory behind
 * them comes from {@link viewMemory}. `errno` must be read at once after the call that failed.
 */
import koffi from 'koffi';

import { SystemError, TraceeGone } from '../../base/errors.js';
import { describeErrno } from '../../base/errno-names.js';
import { ESRCH, PTRACE_PEEKDATA } from './constants.js';

// asm/unistd_64.h of x86-64, for calls that not every C library wraps.
const SYS_PTRACE = 101;
const SYS_FUTEX = 202;
const SYS_MEMBARRIER = 324;
const SYS_TIMER_CREATE = 222;
const SYS_TIMER_SETTIME = 223;
const SYS_TIMER_DELETE = 226;
const SYS_TGKILL = 234;
const SYS_KCMP = 312;

type Numbers = (...values: number[]) => number;

/** Symbols of the running process, so that it works with every C library Node was linked to. */
const library = koffi.load(null);

function declare(name: string, result: string, parameters: readonly string[]): Numbers {
  return library.func(name, result, [...parameters]) as Numbers;
}

/** long ptrace(enum __ptrace_request, pid_t, void *, void *) */
export const ptrace = declare('ptrace', 'long', ['int', 'int', 'int64_t', 'int64_t']);
/** The same for PTRACE_PEEKDATA, whose result is the word; -1 may be an error, see {@link clearErrno}. */
export const ptracePeek = library.func('ptrace', 'int64_t', [
  'int',
  'int',
  'int64_t',
  'size_t',
]) as (request: number, tid: number, address: number, data: number) => number | bigint;
/** The same for PTRACE_POKEDATA, whose data is the word. */
export const ptracePoke = library.func('ptrace', 'long', ['int', 'int', 'int64_t', 'int64_t']) as (
  request: number,
  tid: number,
  address: number,
  data: bigint,
) => number;
/** int waitid(idtype_t, id_t, siginfo_t *, int options) */
export const waitid = declare('waitid', 'int', ['int', 'uint', 'size_t', 'int']);
/** pid_t waitpid(pid_t, int *status, int options) */
export const waitpid = declare('waitpid', 'int', ['int', 'size_t', 'int']);
/** ssize_t process_vm_readv(pid_t, const struct iovec *local, unsigned long, const struct iovec *remote, unsigned long, unsigned long flags) */
const readv = library.func('process_vm_readv', 'long', [
  'int',
  'size_t',
  'ulong',
  'size_t',
  'ulong',
  'ulong',
]);
export const processVmReadv = readv as Numbers;
/** The same in another thread, which it begins in at once; its result is lost. */
export function processVmReadvAside(...values: readonly number[]): void {
  (readv as unknown as { async: (...all: unknown[]) => void }).async(...values, () => undefined);
}
/** void _exit(int) */
export const exitNow = declare('_exit', 'void', ['int']);
/** ssize_t pread(int fd, void *, size_t, off_t) */
export const pread = declare('pread64', 'long', ['int', 'size_t', 'size_t', 'int64_t']);
/** void *mmap(void *, size_t, int prot, int flags, int fd, off_t) */
export const mmap = declare('mmap', 'int64_t', [
  'size_t',
  'size_t',
  'int',
  'int',
  'int',
  'int64_t',
]);
/** int munmap(void *, size_t) */
export const munmap = declare('munmap', 'int', ['size_t', 'size_t']);
/** int mprotect(void *, size_t, int prot) */
export const mprotect = declare('mprotect', 'int', ['size_t', 'size_t', 'int']);
/** posix_spawn(3) and what fills in its attributes; all results are error numbers. */
export const spawn = {
  attributesInit: declare('posix_spawnattr_init', 'int', ['size_t']),
  setFlags: declare('posix_spawnattr_setflags', 'int', ['size_t', 'short']),
  setDefault: declare('posix_spawnattr_setsigdefault', 'int', ['size_t', 'size_t']),
  setMask: declare('posix_spawnattr_setsigmask', 'int', ['size_t', 'size_t']),
  actionsInit: declare('posix_spawn_file_actions_init', 'int', ['size_t']),
  addDup2: declare('posix_spawn_file_actions_adddup2', 'int', ['size_t', 'int', 'int']),
  /** (pid_t *, const char *path, actions *, attributes *, char **argv, char **environment) */
  run: declare('posix_spawn', 'int', ['size_t', 'size_t', 'size_t', 'size_t', 'size_t', 'size_t']),
};
/** int memfd_create(const char *, unsigned flags) */
export const memfdCreate = library.func('memfd_create', 'int', ['str', 'uint']) as (
  name: string,
  flags: number,
) => number;
/** ssize_t pwrite(int, const void *, size_t, off_t) */
export const pwrite = declare('pwrite64', 'long', ['int', 'size_t', 'size_t', 'int64_t']);
/** int ftruncate(int, off_t) */
export const ftruncate = declare('ftruncate64', 'int', ['int', 'int64_t']);
/** int pipe2(int[2], int flags) */
export const pipe2 = declare('pipe2', 'int', ['size_t', 'int']);
/** int close(int) */
export const socketpair = declare('socketpair', 'int', ['int', 'int', 'int', 'size_t']);

export const close = declare('close', 'int', ['int']);
/** int kill(pid_t, int) */
export const kill = declare('kill', 'int', ['int', 'int']);
/** int sigaction(int, const struct sigaction *, struct sigaction *) */
export const sigaction = declare('sigaction', 'int', ['int', 'size_t', 'size_t']);
/** int pthread_sigmask(int how, const sigset_t *, sigset_t *): the result is the error number. */
export const pthreadSigmask = declare('pthread_sigmask', 'int', ['int', 'size_t', 'size_t']);
/** int sigtimedwait(const sigset_t *, siginfo_t *, const struct timespec *) */
export const sigtimedwait = declare('sigtimedwait', 'int', ['size_t', 'size_t', 'size_t']);
/** int setlogmask(int) */
export const setlogmask = declare('setlogmask', 'int', ['int']);
/** int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long) */
export const prctl = declare('prctl', 'int', ['int', 'ulong', 'ulong', 'ulong', 'ulong']);
/** int clock_gettime(clockid_t, struct timespec *) */
export const clockGettime = declare('clock_gettime', 'int', ['int', 'size_t']);
/** int shmget(key_t, size_t, int flags) */
export const shmget = declare('shmget', 'int', ['int', 'size_t', 'int']);
/** void *shmat(int id, const void *, int flags) */
export const shmat = declare('shmat', 'int64_t', ['int', 'size_t', 'int']);
/** int shmdt(const void *) */
export const shmdt = declare('shmdt', 'int', ['size_t']);
/** int shmctl(int id, int command, struct shmid_ds *) */
export const shmctl = declare('shmctl', 'int', ['int', 'int', 'size_t']);
/** int prlimit(pid_t, int resource, const struct rlimit *, struct rlimit *) */
export const prlimit = declare('prlimit64', 'int', ['int', 'int', 'size_t', 'size_t']);
/** long syscall(long number, …) */
const syscall = declare('syscall', 'long', ['long', 'int64_t', 'int64_t', 'int64_t', 'int64_t']);

/** PTRACE_PEEKDATA as the kernel has it: the word goes to `into`, which the C library hides. */
export function peekData(tid: number, address: number, into: number): number {
  return syscall(SYS_PTRACE, PTRACE_PEEKDATA, tid, address, into);
}

/** long futex(uint32_t *, int operation, uint32_t count, NULL), which the C library does not wrap. */
export function futexWake(address: number, operation: number, count: number): number {
  return syscall(SYS_FUTEX, address, operation, count, 0);
}

/** int membarrier(int command, unsigned flags, int cpu), which the C library does not wrap. */
export function membarrier(command: number): number {
  return syscall(SYS_MEMBARRIER, command, 0, 0, 0);
}

/** int tgkill(pid_t process, pid_t thread, int signal) */
export function tgkill(processId: number, threadId: number, signal: number): number {
  return syscall(SYS_TGKILL, processId, threadId, signal, 0);
}

/**
 * int timer_create(clockid_t, struct sigevent *, int *id) as the kernel has it: machine code sets such timers, and old
 * versions of glibc hand out pointers of their own instead of the kernel's numbers.
 */
export function timerCreate(clock: number, event: number, id: number): number {
  return syscall(SYS_TIMER_CREATE, clock, event, id, 0);
}

/** int timer_settime(int id, int flags, const struct itimerspec *, struct itimerspec *) */
export function timerSettime(id: number, flags: number, value: number, old: number): number {
  return syscall(SYS_TIMER_SETTIME, id, flags, value, old);
}

/** int timer_delete(int id) */
export function timerDelete(id: number): number {
  return syscall(SYS_TIMER_DELETE, id, 0, 0, 0);
}

/** <linux/kcmp.h> */
const KCMP_VM = 1;

/** int kcmp(pid_t, pid_t, KCMP_VM, …): 0 when both run in the same memory, -1 where that is not told. */
export function compareMemory(one: number, other: number): number {
  return syscall(SYS_KCMP, one, other, KCMP_VM, 0);
}

/** The calling thread's errno; only valid directly after a failed call. */
export function errno(): number {
  return koffi.errno();
}

export function clearErrno(): void {
  koffi.errno(0);
}

/** Address of a function of the C library, to be given to the kernel as a signal handler. */
export function addressOfFunction(name: string): number {
  return Number(library.symbol(name) as bigint);
}

/** Memory of this process as bytes. The caller must not use them after the memory is unmapped. */
export function viewMemory(address: number, size: number): ArrayBuffer {
  return koffi.view(BigInt(address), size);
}

/** Machine code at an address as a function from one pointer to an int64. */
export function functionAt(address: number): (argument: number) => number {
  const prototype = koffi.proto('int64_t', ['size_t']);
  return koffi.decode(BigInt(address), prototype) as (argument: number) => number;
}

/** TraceeGone for ESRCH, SystemError for the rest. */
export function failure(call: string, error: number, tid: number): SystemError | TraceeGone {
  if (error === ESRCH) return new TraceeGone(tid);
  return new SystemError(call, error, describeErrno(error), `thread ${tid}`);
}

// int ioctl(int fd, unsigned long request, void *argument)
export const ioctl = declare('ioctl', 'int', ['int', 'ulong', 'size_t']);
// FILE *popen(const char *command, const char *type); int pclose(FILE *stream); int fileno(FILE *stream)
export const popen = library.func('popen', 'int64_t', ['str', 'str']) as (
  command: string,
  type: string,
) => number;
export const pclose = declare('pclose', 'int', ['int64_t']);
export const fileno = declare('fileno', 'int', ['int64_t']);
// int fcntl(int fd, int command, int argument), for commands with an integer
export const fcntl = declare('fcntl', 'int', ['int', 'int', 'int']);
// int poll(struct pollfd *, nfds_t, int milliseconds)
export const poll = declare('poll', 'int', ['size_t', 'ulong', 'int']);
// ssize_t write(int, const void *, size_t)
export const write = library.func('write', 'long', ['int', 'void *', 'size_t']) as (
  descriptor: number,
  bytes: Uint8Array,
  length: number,
) => number;
