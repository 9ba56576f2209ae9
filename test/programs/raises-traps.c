/* Executes int3 as often as argv[1] says; only a tracer survives that. With argv[2], a process id,
   sends it a signal each time instead and waits for SIGUSR1 as the answer. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int main(int count, char **words) {
  static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  long rounds = atol(words[1]);
  sigset_t answer;
  int got;
  sigemptyset(&answer);
  sigaddset(&answer, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &answer, NULL);
  for (long i = 0; i < rounds; i++) {
    /* A varying number of stops before the signal, so that it meets the tracer everywhere. */
    for (long k = count > 2 ? i % 7 : 1; k > 0; k--) __asm__ volatile("int3");
    if (count <= 2) continue;
    kill(atoi(words[2]), signals[i % 4]);
    if (i % 2) for (volatile int spin = 0; spin < i % 3000; spin++);
    else __asm__ volatile("int3");
    sigwait(&answer, &got);
  }
  return 7;
}
