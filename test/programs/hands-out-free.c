/*
 * Linked at a fixed address and with free's address taken, its stub is what every library knows as free: a call from the
 * C library passes two stubs. N times (first argument, 10) it opens and closes a file, calls free by its address, and
 * has the C library do so.
 */
#define _GNU_SOURCE
#include <search.h>

#include "fixture.h"

static int in_any_order(const void *a, const void *b) { return a < b ? -1 : a > b; }

int main(int argc, char **argv) {
  void (*volatile release)(void *) = free;
  long count = argument(argc, argv, 1, 10);
  for (long i = 0; i < count; i++) {
    FILE *file = fopen("/dev/null", "r");
    if (file == NULL) fail("fopen");
    fclose(file);
    release(malloc(1));
    void *root = NULL;
    if (tsearch(malloc(1), &root, in_any_order) == NULL) fail("tsearch");
    tdestroy(root, release);
  }
  expect("fopen", count);
  return 0;
}
