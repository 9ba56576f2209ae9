/* A timer signal arrives every millisecond; its handler makes traced calls while others are open. */
#include "fixture.h"
#include <ctype.h>
#include <signal.h>
#include <sys/time.h>

static volatile sig_atomic_t handled;

static void onTimer(int number) {
  toupper('a');
  toupper('b');
  handled++;
}

int main(int argc, char **argv) {
  long wanted = argument(argc, argv, 1, 200);
  struct sigaction action = {.sa_handler = onTimer, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval every = {{0, 1000}, {0, 1000}};
  setitimer(ITIMER_REAL, &every, NULL);
  long calls = 0, sum = 0;
  while (handled < wanted) {
    sum += tolower('A');
    calls++;
  }
  struct itimerval off = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &off, NULL);
  expect("tolower", calls);
  expect("toupper", handled * 2L);
  return sum == calls * 'a' ? 0 : 1;
}
