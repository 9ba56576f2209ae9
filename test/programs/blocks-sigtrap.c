/*
 * Blocks and unblocks SIGTRAP in all the ways that there are, calls toupper in between, as often as the first argument
 * says (10), and looks whether it is told what it did. With a second argument it waits for a line first.
 */
#include "fixture.h"
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <ucontext.h>

static long calls, strange;

static void call(void) {
  if (toupper('a' + calls % 26) != 'A' + calls % 26) strange++;
  calls++;
}

static void check(int holds, int line) {
  if (holds) return;
  printf("line %d\n", line);
  strange++;
}
#define CHECK(condition) check(condition, __LINE__)

static int isBlocked(void) {
  sigset_t now;
  call();
  sigprocmask(SIG_BLOCK, NULL, &now);
  return sigismember(&now, SIGTRAP);
}

static sigset_t only(int number) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  return set;
}

static void blockAlone(void) {
  sigset_t trap = only(SIGTRAP), old, segv = only(SIGSEGV);
  CHECK(sigprocmask(SIG_BLOCK, &trap, &old) == 0 && !sigismember(&old, SIGTRAP));
  CHECK(isBlocked());
  CHECK(sigprocmask(SIG_BLOCK, &segv, &old) == 0 && sigismember(&old, SIGTRAP));
  CHECK(isBlocked());
  CHECK(sigprocmask(SIG_UNBLOCK, &segv, &old) == 0 && sigismember(&old, SIGTRAP));
  CHECK(isBlocked());
  CHECK(sigprocmask(SIG_UNBLOCK, &trap, &old) == 0 && sigismember(&old, SIGTRAP));
  CHECK(!isBlocked());
}

static void blockAll(void) {
  sigset_t all, before, old;
  sigfillset(&all);
  CHECK(pthread_sigmask(SIG_SETMASK, &all, &before) == 0 && !sigismember(&before, SIGTRAP));
  CHECK(isBlocked());
  CHECK(pthread_sigmask(SIG_SETMASK, &before, &old) == 0 && sigismember(&old, SIGTRAP));
  CHECK(sigismember(&old, SIGUSR1) && sigismember(&old, SIGSEGV) && !sigismember(&old, SIGKILL));
  CHECK(!isBlocked());
}

/* The C library looks at the sets itself, and would crash. */
static long askKernel(long how, const void *set, void *old, long size) {
  long result;
#ifdef __x86_64__
  register long fourth __asm__("r10") = size;
  __asm__ volatile("mov $14, %%eax\n syscall"
                   : "=&a"(result)
                   : "D"(how), "S"(set), "d"(old), "r"(fourth)
                   : "rcx", "r11", "memory");
#else
  __asm__ volatile("mov $175, %%eax\n int $0x80"
                   : "=&a"(result)
                   : "b"(how), "c"(set), "d"(old), "S"(size)
                   : "memory");
#endif
  return result;
}

/* What the kernel refuses changes nothing, but where it cannot tell what it changed. */
static void askWrongly(void) {
  sigset_t trap = only(SIGTRAP);
  void *nowhere = (void *)8;
  CHECK(askKernel(99, &trap, NULL, 8) == -EINVAL);
  CHECK(askKernel(SIG_BLOCK, &trap, NULL, 4) == -EINVAL);
  CHECK(askKernel(SIG_BLOCK, nowhere, NULL, 8) == -EFAULT);
  CHECK(!isBlocked());
  CHECK(askKernel(SIG_BLOCK, &trap, nowhere, 8) == -EFAULT);
  CHECK(isBlocked());
  CHECK(askKernel(SIG_SETMASK, NULL, nowhere, 8) == -EFAULT);
  CHECK(isBlocked());
  sigprocmask(SIG_UNBLOCK, &trap, NULL);
}

static void jumpOut(void) {
  sigset_t trap = only(SIGTRAP);
  sigjmp_buf out;
  if (sigsetjmp(out, 1) == 0) {
    sigprocmask(SIG_BLOCK, &trap, NULL);
    CHECK(isBlocked());
    siglongjmp(out, 1);
  }
  CHECK(!isBlocked());
}

static ucontext_t outside, inside;
static char stack[1 << 16];

static void runInside(void) {
  CHECK(isBlocked());
  swapcontext(&inside, &outside);
}

static void swapContexts(void) {
  getcontext(&inside);
  inside.uc_stack.ss_sp = stack;
  inside.uc_stack.ss_size = sizeof stack;
  sigaddset(&inside.uc_sigmask, SIGTRAP);
  makecontext(&inside, runInside, 0);
  swapcontext(&outside, &inside);
  CHECK(!isBlocked());
  CHECK(sigismember(&inside.uc_sigmask, SIGTRAP));
}

static void *inThread(void *isInherited) {
  CHECK(isBlocked() == (isInherited != NULL));
  blockAlone();
  return NULL;
}

static void beginThreads(void) {
  sigset_t trap = only(SIGTRAP);
  pthread_t thread;
  pthread_create(&thread, NULL, inThread, NULL);
  pthread_join(thread, NULL);
  sigprocmask(SIG_BLOCK, &trap, NULL);
  pthread_t other;
  if (pthread_create(&other, NULL, (void *(*)(void *))isBlocked, NULL) != 0) fail("pthread_create");
  void *told;
  pthread_join(other, &told);
  CHECK((long)told == 1);
  CHECK(isBlocked());
  sigprocmask(SIG_UNBLOCK, &trap, NULL);
}

static void waitMasked(void) {
  sigset_t trap = only(SIGTRAP), none;
  sigemptyset(&none);
  sigprocmask(SIG_BLOCK, &trap, NULL);
  struct timespec brief = {0, 1000};
  ppoll(NULL, 0, &brief, &none);
  CHECK(isBlocked());
  sigprocmask(SIG_UNBLOCK, &trap, NULL);
  ppoll(NULL, 0, &brief, &trap);
  CHECK(!isBlocked());
}

int main(int argc, char **argv) {
  if (argc > 2) {
    puts("ready");
    fflush(stdout);
    getchar();
  }
  for (long left = argument(argc, argv, 1, 10); left > 0; left--) {
    blockAlone();
    blockAll();
    askWrongly();
    jumpOut();
    swapContexts();
    beginThreads();
    waitMasked();
  }
  expect("toupper", calls);
  printf("strange %ld\n", strange);
  return strange != 0;
}
