/*
 * CALLS calls (first argument), divided among THREADS threads (second): of a function, with "strings" of one
 * that takes two strings, with "system-calls" of the kernel.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int work(int x);
int work_with_strings(const char *a, const char *b);

static long calls;
static int strings, system_calls;

static void *loop(void *unused) {
  volatile int sum = 0;
  if (strings)
    for (long i = 0; i < calls; i++) sum += work_with_strings("/etc/ssl/certs", "TLS_AES_256_GCM_SHA384");
  else if (system_calls)
    for (long i = 0; i < calls; i++) sum += (int)syscall(SYS_getppid);
  else
    for (long i = 0; i < calls; i++) sum += work((int)i);
  return NULL;
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ll + t.tv_nsec;
}

int main(int argc, char **argv) {
  long threads = argc > 2 ? atol(argv[2]) : 1;
  strings = argc > 3 && strcmp(argv[3], "strings") == 0;
  system_calls = argc > 3 && strcmp(argv[3], "system-calls") == 0;
  calls = atol(argv[1]) / threads;
  pthread_t ids[256];
  int64_t start = now();
  if (threads == 1) loop(NULL);
  else {
    for (long i = 0; i < threads; i++) pthread_create(&ids[i], NULL, loop, NULL);
    for (long i = 0; i < threads; i++) pthread_join(ids[i], NULL);
  }
  printf("elapsed_ns %lld\n", (long long)(now() - start));
  return 0;
}
