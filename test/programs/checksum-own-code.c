/* Reads all its own code before and after some calls; a tracer may show, but must not break it. */
#include "own-code.h"
#include <ctype.h>

int main(void) {
  long before = changedCodeBytes();
  for (int i = 0; i < 10; i++) toupper('a');
  long after = changedCodeBytes();
  expect("toupper", 10);
  printf("changed code bytes %ld %ld\n", before, after);
  return before < 0 || after < 0;
}
