/*
 * Two threads that wait for each other's lock, one that reads, and one that computes, and ends them all. Argument: after
 * how many seconds.
 */
#define _GNU_SOURCE
#include "fixture.h"
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

static pthread_mutex_t accounts[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t both_hold;
static long seconds;

__attribute__((noinline)) static void transfer(long from) {
  pthread_mutex_lock(&accounts[from]);
  pthread_barrier_wait(&both_hold);
  pthread_mutex_lock(&accounts[1 - from]);
  pthread_mutex_unlock(&accounts[1 - from]);
}

static void *run_transfer(void *from) {
  transfer((long)from);
  return from;
}

static void *compute(void *nothing) {
  time_t end = time(NULL) + seconds;
  volatile long rounds = 0;
  while (time(NULL) < end)
    for (int i = 0; i < 1000000; i++) rounds++;
  exit(nothing != NULL);
}

static void *read_input(void *nothing) {
  char byte;
  return read(0, &byte, 1) < 0 ? NULL : nothing;
}

int main(int argc, char **argv) {
  pthread_t others[3];
  seconds = argument(argc, argv, 1, 0);
  pthread_barrier_init(&both_hold, NULL, 2);
  pthread_create(&others[0], NULL, run_transfer, (void *)1);
  pthread_create(&others[1], NULL, read_input, NULL);
  pthread_create(&others[2], NULL, compute, NULL);
  printf("ready\n");
  fflush(stdout);
  transfer(0);
  return 1;
}
