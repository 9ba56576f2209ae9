/* Calls malloc, free and toupper N times each (first argument, default 1000). */
#include "fixture.h"
#include <ctype.h>

int main(int argc, char **argv) {
  long count = argument(argc, argv, 1, 1000);
  long sum = 0;
  for (long i = 0; i < count; i++) {
    char *block = malloc((size_t)(i % 100) + 1);
    block[0] = (char)i;
    sum += toupper('a' + (int)(i % 26));
    free(block);
  }
  long right = 0;
  for (long i = 0; i < count; i++) right += 'A' + i % 26;
  expect("malloc", count);
  expect("free", count);
  expect("toupper", count);
  return sum == right ? 0 : 1;
}
