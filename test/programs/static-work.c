/* Calls a function of its own, for programs that call no library. */
#include "fixture.h"

__attribute__((noinline)) int work(int x) { return x * 2 + 1; }
__attribute__((noinline)) int more_work(int x) { return work(x) - 1; }

int main(int argc, char **argv) {
  long n = argument(argc, argv, 1, 5);
  volatile int sum = 0;
  for (int i = 0; i < n; i++) sum = more_work(sum + i);
  expect("work", n);
  expect("more_work", n);
  return 0;
}
