/* Prints "tick N" every 20 ms, N times (first argument, 500); says when it was continued. */
#include "fixture.h"
#include <ctype.h>
#include <signal.h>
#include <time.h>

static volatile sig_atomic_t continued, interrupted;

static void onSignal(int number) {
  if (number == SIGCONT) continued++;
  else interrupted++;
}

int main(int argc, char **argv) {
  long count = argument(argc, argv, 1, 500);
  signal(SIGCONT, onSignal);
  signal(SIGINT, onSignal);
  for (long i = 0; i < count && interrupted == 0; i++) {
    printf("tick %ld %d\n", i, toupper('a'));
    fflush(stdout);
    nanosleep(&(struct timespec){0, 20000000}, NULL);
  }
  printf("continued %d interrupted %d\n", continued, interrupted);
  return interrupted ? 3 : 0;
}
