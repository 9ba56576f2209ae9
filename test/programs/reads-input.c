/* Copies standard input to standard output in upper case, a character at a time. */
#include "fixture.h"
#include <ctype.h>

int main(void) {
  int c;
  long count = 0;
  while ((c = getchar()) != EOF) {
    putchar(toupper(c));
    count++;
  }
  expect("toupper", count);
  return 0;
}
