/* Reaches for memory that only the kernel has, jumps there, and asks the kernel for what no kernel has. */
#include "fixture.h"
#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>

static sigjmp_buf back;

static void tell(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)context;
  printf("fault at %p\n", info->si_addr);
  fflush(stdout);
  siglongjmp(back, 1);
}

int main(void) {
  struct sigaction action = {.sa_sigaction = tell, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  /* Every one of these bits counts: a double has room for 53 of 64. */
  if (sigsetjmp(back, 1) == 0) (void)*(volatile char *)0xffffffff80004321ul;
  if (sigsetjmp(back, 1) == 0) ((void (*)(void))0xffffffff81234567ul)();
  syscall(0x7ffffffffffffff1l);
  syscall(-3l);
  return 0;
}
