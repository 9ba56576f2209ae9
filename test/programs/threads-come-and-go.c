/* Four makers start and join short-lived threads for S seconds (first argument, may be 0.5). */
#include "fixture.h"
#include <ctype.h>
#include <pthread.h>
#include <time.h>

enum { MAKERS = 4, CALLS = 5 };
static double deadline;
static long started[MAKERS];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *shortLived(void *unused) {
  long sum = 0;
  for (int i = 0; i < CALLS; i++) sum += toupper('a');
  return (void *)sum;
}

static void *maker(void *slot) {
  while (now() < deadline) {
    pthread_t thread;
    void *sum;
    if (pthread_create(&thread, NULL, shortLived, NULL) != 0) exit(99);
    pthread_join(thread, &sum);
    if ((long)sum != CALLS * 'A') exit(1);
    ++*(long *)slot;
  }
  return NULL;
}

int main(int argc, char **argv) {
  deadline = now() + (argc > 1 ? atof(argv[1]) : 1.0);
  pthread_t makers[MAKERS];
  for (int i = 0; i < MAKERS; i++) pthread_create(&makers[i], NULL, maker, &started[i]);
  long total = 0;
  for (int i = 0; i < MAKERS; i++) {
    pthread_join(makers[i], NULL);
    total += started[i];
  }
  printf("threads %ld\n", total);
  expect("toupper", total * CALLS);
  return 0;
}
