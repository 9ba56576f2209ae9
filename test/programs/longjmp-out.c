/* Leaves a traced call by longjmp N times (first argument, 200), then returns from it normally once. */
#include "fixture.h"
#include <ctype.h>
#include <setjmp.h>

int call_back(int (*callback)(int), int argument);

static jmp_buf out;

static int leave(int argument) {
  toupper('a');
  if (argument > 0) longjmp(out, argument);
  return 41;
}

int main(int argc, char **argv) {
  volatile int left = 0;
  int times = (int)argument(argc, argv, 1, 200);
  for (volatile int i = 1; i <= times; i++) {
    if (setjmp(out) == 0)
      call_back(leave, i);
    else
      left++;
  }
  int normal = call_back(leave, 0);
  expect("call_back", times + 1);
  expect("toupper", times + 1);
  printf("abandoned call_back %d\n", times);
  return left == times && normal == 42 ? 0 : 1;
}
