/* Raises handled signals, real-time ones with a value; dies by the one that is the first argument. */
#include "fixture.h"
#include <ctype.h>
#include <signal.h>

static volatile sig_atomic_t usr1, realtime, value, wrongSender;

static void onSignal(int number, siginfo_t *info, void *context) {
  if (number == SIGUSR1) usr1++;
  else {
    realtime++;
    value += info->si_value.sival_int;
  }
  if (info->si_pid != getpid()) wrongSender++;
}

int main(int argc, char **argv) {
  struct sigaction action = {.sa_sigaction = onSignal, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGRTMIN + 3, &action, NULL);
  for (int i = 0; i < 50; i++) {
    raise(SIGUSR1);
    sigqueue(getpid(), SIGRTMIN + 3, (union sigval){.sival_int = i});
    toupper('a');
  }
  expect("toupper", 50);
  printf("usr1 %d realtime %d value %d wrong senders %d\n", usr1, realtime, value, wrongSender);
  if (argc > 1) {
    signal((int)argument(argc, argv, 1, 0), SIG_DFL);
    raise((int)argument(argc, argv, 1, 0));
  }
  return usr1 == 50 && realtime == 50 && value == 49 * 50 / 2 && wrongSender == 0 ? 0 : 1;
}
