/* Threads wait in functions of the C library that went on to others by a jump, until standard input ends. */
#include "fixture.h"
#include <pthread.h>
#include <semaphore.h>

static sem_t ended;
static pthread_t waiter;

static void *waits(void *result) {
  while (sem_wait(&ended) != 0) continue;
  return result;
}

static void *joins(void *result) {
  if (pthread_join(waiter, NULL) != 0) fail("pthread_join");
  return result;
}

int main(void) {
  pthread_t joiner;
  char byte;
  if (sem_init(&ended, 0, 0) != 0) fail("sem_init");
  if (pthread_create(&waiter, NULL, waits, NULL) != 0) fail("pthread_create");
  if (pthread_create(&joiner, NULL, joins, NULL) != 0) fail("pthread_create");
  puts("ready");
  fflush(stdout);
  while (read(0, &byte, 1) == 1) continue;
  sem_post(&ended);
  pthread_join(joiner, NULL);
  expect("sem_post", 1);
  return 0;
}
