/* toupper is reached by a jump, so its caller's caller is where it returns to (build with -O2). */
#include "fixture.h"
#include <ctype.h>

__attribute__((noinline)) static int shout(int c) { return toupper(c); }

int main(int argc, char **argv) {
  long count = argument(argc, argv, 1, 100);
  long sum = 0;
  for (long i = 0; i < count; i++) sum += shout('a');
  expect("toupper", count);
  return sum == count * 'A' ? 0 : 1;
}
