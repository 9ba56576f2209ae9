/*
 * Calls usleep 100 times: 60 of 1 ms, 30 of 5 ms, 10 of 20 ms; a call of toupper before each. Then access 10
 * times, 4 of which fail. Prints for each sleep `slept ASKED TOOK`, both in ns, by its own clock.
 */
#define __NO_CTYPE 1
#include <ctype.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { SLEEPS = 100 };

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000L + time.tv_nsec;
}

int main(void) {
  long asked[SLEEPS], took[SLEEPS];
  for (int i = 0; i < SLEEPS; i++) {
    int microseconds = i % 10 == 0 ? 20000 : i % 10 < 4 ? 5000 : 1000;
    toupper('a');
    long start = now();
    usleep(microseconds);
    took[i] = now() - start;
    asked[i] = microseconds * 1000L;
  }
  for (int i = 0; i < 10; i++) access(i % 3 == 0 ? "/no/such/file" : "/", F_OK);
  for (int i = 0; i < SLEEPS; i++) printf("slept %ld %ld\n", asked[i], took[i]);
  return 0;
}
