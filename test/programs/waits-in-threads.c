/* T threads (first argument, 3) wait in the kernel, for times and descriptors in memory, until standard input ends. */
#include "fixture.h"
#include <poll.h>
#include <pthread.h>
#include <time.h>

static void *sleeps(void *unused) {
  const struct timespec hour = {.tv_sec = 3600};
  for (;;) nanosleep(&hour, NULL);
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
  struct pollfd input = {.fd = 0, .events = POLLIN};
  while (poll(&input, 1, -1) == 1 && read(0, &byte, 1) == 1) continue;
  expect("puts", 1);
  return 0;
}
