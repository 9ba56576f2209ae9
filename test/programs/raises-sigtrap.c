/* Uses SIGTRAP itself: its own int3 instructions, raise, kill and a blocked one. */
#include "fixture.h"
#include <ctype.h>
#include <signal.h>
#include <ucontext.h>

static volatile sig_atomic_t traps, codes[2];

static void onTrap(int number, siginfo_t *info, void *context) {
  traps++;
  codes[info->si_code > 0 ? 0 : 1]++; /* from the CPU, from a process */
}

int main(void) {
  struct sigaction action = {.sa_sigaction = onTrap, .sa_flags = SA_SIGINFO};
  sigaction(SIGTRAP, &action, NULL);
  for (int i = 0; i < 20; i++) {
    __asm__ volatile("int3");
    raise(SIGTRAP);
    toupper('a');
  }
  expect("toupper", 20);
  printf("traps %d by int3 %d by raise %d\n", traps, codes[0], codes[1]);
  return traps == 40 && codes[0] == 20 && codes[1] == 20 ? 0 : 1;
}
