/* Two coroutines play ping-pong N times (first argument, 1000) from inside traced calls. */
#include "fixture.h"
#include <ctype.h>
#include <ucontext.h>

int call_back(int (*callback)(int), int argument);

static ucontext_t mainContext, other;
static char stack[256 * 1024];
static int rounds, played;

static int pause_(int unused) {
  toupper('a');
  swapcontext(&other, &mainContext);
  return 1;
}

static void coroutine(void) {
  for (int i = 0; i < rounds; i++) played += call_back(pause_, i) - 1;
}

static int step(int unused) {
  swapcontext(&mainContext, &other);
  return 1;
}

int main(int argc, char **argv) {
  rounds = (int)argument(argc, argv, 1, 1000);
  getcontext(&other);
  other.uc_stack.ss_sp = stack;
  other.uc_stack.ss_size = sizeof stack;
  other.uc_link = &mainContext;
  makecontext(&other, coroutine, 0);
  int sum = 0;
  for (int i = 0; i <= rounds; i++) sum += call_back(step, i) - 1;
  expect("call_back", 2L * rounds + 1);
  expect("toupper", rounds);
  return sum == rounds + 1 && played == rounds ? 0 : 1;
}
