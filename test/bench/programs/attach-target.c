/*
 * The first thread and THREADS more (first argument) watch the clock; the libraries named by the other arguments are loaded.
 * Says "ready"; when standard input ends, "longest_gap_ns N": how long a thread was kept from running at most.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static volatile int stop;

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/* Sleeps in small steps, so that 200 threads do not fight for the processors. */
static void *watch(void *input) {
  int64_t longest = 0;
  while (!stop) {
    int64_t before = now();
    /* The first thread waits for the end of its input meanwhile. */
    if (poll(input, input != NULL, 2) > 0) stop = 1;
    int64_t gap = now() - before - 2000000;
    if (gap > longest) longest = gap;
  }
  return (void *)longest;
}

int main(int argc, char **argv) {
  long threads = atol(argv[1]);
  static pthread_t ids[1024];
  for (int i = 2; i < argc; i++)
    if (dlopen(argv[i], RTLD_NOW) == NULL) return 1;
  for (long i = 0; i < threads; i++) pthread_create(&ids[i], NULL, watch, NULL);
  printf("ready\n");
  fflush(stdout);
  struct pollfd input = {.fd = 0, .events = POLLIN};
  int64_t longest = (int64_t)watch(&input);
  for (long i = 0; i < threads; i++) {
    void *gap;
    pthread_join(ids[i], &gap);
    if ((int64_t)gap > longest) longest = (int64_t)gap;
  }
  printf("longest_gap_ns %lld\n", (long long)longest);
  return 0;
}
