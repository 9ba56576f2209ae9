/* T threads (first argument, 3) sleep in the kernel until standard input ends. */
#include "fixture.h"
#include <pthread.h>

static void *sleeps(void *unused) {
  for (;;) pause();
  return unused;
}

int main(int argc, char **argv) {
  pthread_t thread;
  char byte;
  for (long left = argument(argc, argv, 1, 3); left > 0; left--) {
    if (pthread_create(&thread, NULL, sleeps, NULL) != 0) fail("pthread_create");
  }
  puts("ready");
  fflush(stdout);
  while (read(0, &byte, 1) == 1) continue;
  expect("puts", 1);
  return 0;
}
