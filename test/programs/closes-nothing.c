/* close is reached by a jump and fails each time; what it returns is what the function before it returns (build with -O2). */
#include <unistd.h>

#include "fixture.h"

__attribute__((noinline)) int shut(int descriptor) { return close(descriptor); }

int main(int argc, char **argv) {
  long count = argument(argc, argv, 1, 100);
  long failed = 0;
  for (long i = 0; i < count; i++) failed -= shut(-1);
  expect("shut", count);
  return failed == count ? 0 : 1;
}
