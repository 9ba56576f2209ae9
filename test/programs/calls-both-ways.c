/* Calls toupper N times by its stub (first argument, 10) and twice as often through a pointer that the program holds. */
#define __NO_CTYPE 1
#include <ctype.h>

#include "fixture.h"

static int (*volatile upper)(int) = toupper;

int main(int argc, char **argv) {
  long count = argument(argc, argv, 1, 10);
  long sum = 0;
  for (long i = 0; i < count; i++) sum += toupper('a') + upper('b') + upper('c');
  expect("toupper", 3 * count);
  return sum == count * ('A' + 'B' + 'C') ? 0 : 1;
}
