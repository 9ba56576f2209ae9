/*
 * Calls a function whose first instruction faults, N times (first argument, 50) each: the handler mends that and the
 * instruction is executed again; it calls the function itself before; it leaves by siglongjmp. The handler runs on a
 * stack of its own.
 */
#include "fixture.h"
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#define PAGE 4096

static volatile int good;
static volatile int *page;
static enum { MEND, CALL, JUMP } mode;
static volatile long faults, strange;
static sigjmp_buf out;

__attribute__((noinline, noipa)) int peek(volatile int *at) { return *at; }

static void onFault(int number, siginfo_t *info, void *context) {
  greg_t at = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
  if ((void *)at != (void *)peek || info->si_addr != page) strange++;
  faults++;
  if (mode == JUMP) siglongjmp(out, 1);
  if (mode == CALL) peek(&good);
  mprotect((void *)page, PAGE, PROT_READ);
}

static long jumped;
/* In memory: each call is to find the same registers. */
static volatile long turn;

static void callOnce(void) {
  mprotect((void *)page, PAGE, PROT_NONE);
  if (sigsetjmp(out, 1) == 0) peek(page);
  else jumped++;
}

int main(int argc, char **argv) {
  long count = argument(argc, argv, 1, 50);
  stack_t elsewhere = {.ss_sp = malloc(1 << 16), .ss_size = 1 << 16};
  sigaltstack(&elsewhere, NULL);
  struct sigaction action = {.sa_sigaction = onFault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaction(SIGSEGV, &action, NULL);
  page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (mode = MEND; mode <= JUMP; mode++)
    for (turn = 0; turn < count; turn++) callOnce();
  expect("peek", 4 * count);
  printf("faults %ld strange %ld jumped %ld\n", faults, strange, jumped);
  return 0;
}
