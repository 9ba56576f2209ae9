/*
 * Linked at a fixed address and with free's address taken, its stub is what every library knows as free: a call from the
 * C library passes two stubs. Opens and closes a file N times (first argument, 10), and calls free by its address.
 */
#include "fixture.h"

int main(int argc, char **argv) {
  void (*volatile release)(void *) = free;
  long count = argument(argc, argv, 1, 10);
  for (long i = 0; i < count; i++) {
    FILE *file = fopen("/dev/null", "r");
    if (file == NULL) fail("fopen");
    fclose(file);
    release(malloc(1));
  }
  expect("fopen", count);
  return 0;
}
