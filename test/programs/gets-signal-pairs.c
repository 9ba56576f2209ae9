/*
 * A child sends two real-time signals at a time, as often as the first argument says (500), while the program calls
 * toupper; each carries a number. Says how many came, and the sums of the numbers.
 */
#include "fixture.h"
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static volatile sig_atomic_t count[2];
static volatile long sum[2];

static void onSignal(int number, siginfo_t *info, void *context) {
  int which = number - SIGRTMIN - 1;
  count[which]++;
  sum[which] += info->si_value.sival_int;
}

static void send(pid_t to, int number, int value) {
  while (sigqueue(to, number, (union sigval){.sival_int = value}) != 0 && errno == EAGAIN) continue;
}

static void sendPairs(pid_t to, long pairs) {
  for (int i = 0; i < pairs; i++) {
    send(to, SIGRTMIN + 1, i);
    send(to, SIGRTMIN + 2, i);
    nanosleep(&(struct timespec){0, 300000 + 1000 * (i % 50)}, NULL);
  }
}

int main(int argc, char **argv) {
  long pairs = argument(argc, argv, 1, 500);
  struct sigaction action = {.sa_sigaction = onSignal, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGRTMIN + 1, &action, NULL);
  sigaction(SIGRTMIN + 2, &action, NULL);
  pid_t self = getpid(), child = fork();
  if (child == 0) {
    sendPairs(self, pairs);
    _exit(0);
  }
  long calls = 0;
  while (calls % 10 != 0 || waitpid(child, NULL, WNOHANG) == 0) {
    toupper('a');
    calls++;
  }
  expect("toupper", calls);
  printf("came %d %d sums %ld %ld\n", count[0], count[1], sum[0], sum[1]);
  return 0;
}
