/* Calls toupper three times, then becomes the program that its arguments name. */
#include "fixture.h"
#include <ctype.h>

int main(int argc, char **argv) {
  for (int i = 0; i < 3; i++) toupper('a' + i);
  if (argc > 1) execv(argv[1], argv + 1);
  return 98;
}
