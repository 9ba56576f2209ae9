/*
 * Gives up system calls, then calls toupper from SITES places, once for each byte that comes on standard input.
 *
 * argv[1]: what becomes of mmap, munmap, mprotect and rt_sigaction.
 *   kill, trap, errno: a filter does that to them; dispatch: Syscall User Dispatch makes every call a SIGSYS;
 *   strict: only read, write, exit and sigreturn are left.
 * argv[2]: so many bytes are waited for; argv[3]: threads that make the calls once each (filters only).
 */
#include "calls-from-everywhere.h"
#include "fixture.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#endif

static volatile char selector;
static volatile int trapped;

static void on_sigsys(int number, siginfo_t *info, void *context) {
  (void)number;
  (void)info;
  (void)context;
  selector = 0;
  trapped++;
}

static void filter(unsigned action) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_munmap, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigaction, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, action),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail("PR_SET_NO_NEW_PRIVS");
  /* All threads at once. */
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0)
    fail("seccomp");
}

static int is_dispatched;

static void lock_in(const char *how) {
  struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};
  if (sigaction(SIGSYS, &action, NULL) != 0) fail("sigaction");
  is_dispatched = strcmp(how, "dispatch") == 0;
  if (strcmp(how, "kill") == 0) filter(SECCOMP_RET_KILL_PROCESS);
  if (strcmp(how, "trap") == 0) filter(SECCOMP_RET_TRAP);
  if (strcmp(how, "errno") == 0) filter(SECCOMP_RET_ERRNO | EACCES);
  if (is_dispatched && prctl(PR_SET_SYSCALL_USER_DISPATCH, 1, 0, 0, &selector) != 0)
    fail("PR_SET_SYSCALL_USER_DISPATCH");
  if (strcmp(how, "strict") == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
    fail("PR_SET_SECCOMP");
}

static int wrong;
static volatile int is_locked;

static void make_calls(void) {
  selector = is_dispatched;
  if (call_from_everywhere() != SUM_FROM_EVERYWHERE) __atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
  selector = 0;
}

static void *work(void *unused) {
  while (!is_locked) sched_yield();
  make_calls();
  return unused;
}

static void say(const char *text) {
  if (write(1, text, strlen(text)) < 0) wrong++;
}

int main(int argc, char **argv) {
  const char *how = argc > 1 ? argv[1] : "errno";
  long rounds = argument(argc, argv, 2, 1), count = argument(argc, argv, 3, 0);
  pthread_t threads[64];
  if (count > 64) fail("threads");
  expect("toupper", SITES * (rounds + count));
  for (long i = 0; i < count; i++)
    if (pthread_create(&threads[i], NULL, work, NULL) != 0) fail("pthread_create");
  lock_in(how);
  is_locked = 1;
  say("locked in\n");
  char c;
  for (long i = 0; i < rounds && read(0, &c, 1) == 1; i++) {
    make_calls();
    say("round\n");
  }
  for (long i = 0; i < count; i++) pthread_join(threads[i], NULL);
  say(wrong == 0 && trapped == 0 ? "all right\n" : "WRONG\n");
  syscall(strcmp(how, "strict") == 0 ? SYS_exit : SYS_exit_group, wrong != 0 || trapped != 0);
}
