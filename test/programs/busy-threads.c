/*
 * A target for attaching: T threads (first argument, 4) call toupper without pause until standard
 * input ends or S seconds (second, 60) have passed. Says "ready", then whether its sums are right and
 * how many bytes of its code differ from the files.
 */
#include "own-code.h"
#include <ctype.h>
#include <poll.h>
#include <pthread.h>

static volatile int stop;

static void *work(void *unused) {
  long sum = 0, calls = 0;
  do {
    sum += toupper('a' + (int)(calls % 26)) - 'A' - calls % 26;
    calls++;
  } while (!stop);
  return (void *)(sum == 0 ? calls : -1);
}

int main(int argc, char **argv) {
  long threads = argument(argc, argv, 1, 4);
  long seconds = argument(argc, argv, 2, 60);
  pthread_t ids[256];
  if (threads > 256) return 99;
  for (long i = 0; i < threads; i++)
    if (pthread_create(&ids[i], NULL, work, NULL) != 0) return 99;
  printf("ready\n");
  fflush(stdout);
  struct pollfd input = {.fd = 0, .events = POLLIN};
  poll(&input, 1, (int)seconds * 1000);
  stop = 1;
  int wrong = 0;
  long calls = 0;
  for (long i = 0; i < threads; i++) {
    void *result;
    pthread_join(ids[i], &result);
    if ((long)result < 0) wrong++;
    else calls += (long)result;
  }
  printf("calls %ld wrong threads %d changed code bytes %ld\n", calls, wrong, changedCodeBytes());
  return wrong == 0 ? 0 : 1;
}
