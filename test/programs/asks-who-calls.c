/* Lets a library say who calls it, as the stack has it and as unwinding finds it. */
#include "fixture.h"

extern int asks_stack(const char *program);
extern int asks_unwinder(const char *program);

int main(void) {
  int on_stack = 0, unwound = 0;
  for (int i = 0; i < 20; i++) {
    on_stack += asks_stack("asks-who-calls");
    unwound += asks_unwinder("asks-who-calls");
  }
  printf("on the stack %d of 20, unwound %d of 20\n", on_stack, unwound);
  expect("asks_stack", 20);
  expect("asks_unwinder", 20);
  return 0;
}
