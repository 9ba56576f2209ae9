/* A handler on its own stack makes traced calls, returns half of the times and jumps out otherwise. */
#include "fixture.h"
#include <ctype.h>
#include <setjmp.h>
#include <signal.h>

int call_back(int (*callback)(int), int argument);

static sigjmp_buf out;
static volatile int jump;
static char stack[65536];

static void onSignal(int number) {
  toupper('a');
  if (jump) siglongjmp(out, 1);
}

static int raiseIt(int unused) {
  raise(SIGUSR1);
  return 1;
}

int main(int argc, char **argv) {
  int times = (int)argument(argc, argv, 1, 100);
  stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternative, NULL);
  struct sigaction action = {.sa_handler = onSignal, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &action, NULL);
  volatile int returned = 0, jumped = 0;
  for (volatile int i = 0; i < times; i++) {
    jump = i % 2;
    if (sigsetjmp(out, 1) == 0)
      returned += call_back(raiseIt, 0) - 1;
    else
      jumped++;
  }
  expect("call_back", times);
  expect("toupper", times);
  printf("returned %d jumped %d\n", returned, jumped);
  return returned == (times + 1) / 2 && jumped == times / 2 ? 0 : 1;
}
