/*
 * Reads from an empty pipe by a function whose first instruction is the system call, until a timer's signal has
 * interrupted N reads (first argument, 20). Says how often its handler ran, and what reads said that was not EINTR.
 */
#include "fixture.h"
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>

long bareCall(void);

#ifdef __x86_64__
#define ENTER_KERNEL "syscall"
#else
#define ENTER_KERNEL "int $0x80"
#endif

__asm__(".globl bareCall\n.type bareCall, @function\n"
        "bareCall: " ENTER_KERNEL "\n ret\n"
        ".size bareCall, .-bareCall");

static long readOne(int from, char *into) {
  long result;
#ifdef __x86_64__
  __asm__ volatile("call bareCall"
                   : "=a"(result)
                   : "a"(SYS_read), "D"(from), "S"(into), "d"(1)
                   : "rcx", "r11", "memory", "cc");
#else
  __asm__ volatile("xchg %%edi, %%ebx\n call bareCall\n xchg %%edi, %%ebx"
                   : "=a"(result)
                   : "a"(SYS_read), "D"(from), "c"(into), "d"(1)
                   : "memory", "cc");
#endif
  return result;
}

static volatile sig_atomic_t ticks;

static void onTick(int number) { ticks++; }

int main(int argc, char **argv) {
  long count = argument(argc, argv, 1, 20), reads = 0, strange = 0;
  int ends[2];
  if (pipe(ends) != 0) fail("pipe");
  struct sigaction action = {.sa_handler = onTick};
  sigaction(SIGALRM, &action, NULL);
  printf("ready\n");
  fflush(stdout);
  struct itimerval every = {{0, 10000}, {0, 10000}};
  setitimer(ITIMER_REAL, &every, NULL);
  for (char byte; reads < count; reads++) {
    if (readOne(ends[0], &byte) != -EINTR) strange++;
  }
  setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
  expect("bareCall", reads);
  printf("enough %d strange %ld\n", ticks >= count, strange);
  return 0;
}
