/* Three calls of strlen with known text, and the lines that a trace of them must hold. */
#include "fixture.h"

int main(void) {
  size_t total = strlen("hello") + strlen("") + strlen("two\nlines");
  printf("strlen(\"hello\") = 5\nstrlen(\"\") = 0\nstrlen(\"two\\nlines\") = 9\n");
  return total == 14 ? 0 : 1;
}
