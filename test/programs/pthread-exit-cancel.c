/* Threads leave traced calls by pthread_exit and by being cancelled. */
#include "fixture.h"
#include <ctype.h>
#include <pthread.h>

int call_back(int (*callback)(int), int argument);

static int leave(int unused) {
  toupper('a');
  pthread_exit((void *)7L);
}

static int wait_(int unused) {
  toupper('a');
  for (;;)
    if (pause() == 0) return 1;
}

static void *exits(void *unused) { return (void *)(long)call_back(leave, 0); }
static void *waits(void *unused) { return (void *)(long)call_back(wait_, 0); }

int main(int argc, char **argv) {
  long rounds = argument(argc, argv, 1, 50);
  int right = 0;
  for (long i = 0; i < rounds; i++) {
    pthread_t exiting, waiting;
    void *first, *second;
    pthread_create(&exiting, NULL, exits, NULL);
    pthread_create(&waiting, NULL, waits, NULL);
    pthread_cancel(waiting);
    pthread_join(exiting, &first);
    pthread_join(waiting, &second);
    if (first == (void *)7L && second == PTHREAD_CANCELED) right++;
  }
  printf("rounds %d\n", right);
  return right == rounds ? 0 : 1;
}
