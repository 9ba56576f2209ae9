/*
 * Has a timer ring as soon as its signal was taken, for as many seconds as the second argument says, and calls toupper
 * meanwhile. First argument: "alarm" for SIGALRM in the only thread, "thread" for a real-time signal to a second one.
 */
#include "fixture.h"
#include <ctype.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#define ROUNDS 100

static volatile time_t end;
static timer_t timer;
static int is_thread;

static time_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec;
}

static void set(long nanoseconds) {
  struct itimerspec often = {{0, nanoseconds}, {0, nanoseconds}};
  struct itimerval alarm = {{0, nanoseconds / 1000}, {0, nanoseconds / 1000}};
  if (is_thread ? timer_settime(timer, 0, &often, NULL) : setitimer(ITIMER_REAL, &alarm, NULL))
    fail("timer");
}

static void rings(int signal) {
  (void)signal;
  if (now() >= end) set(0);
}

static void *work(void *unused) {
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN};
  long letters = 0;
  event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
  if (is_thread && timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) fail("timer_create");
  set(1000);
  for (int i = 0; i < ROUNDS; i++) letters += toupper('a') == 'A';
  set(0);
  printf("done\n");
  expect("toupper", letters);
  return unused;
}

int main(int argc, char **argv) {
  struct sigaction action = {.sa_handler = rings, .sa_flags = SA_RESTART};
  pthread_t thread;
  is_thread = argc > 1 && strcmp(argv[1], "thread") == 0;
  end = now() + argument(argc, argv, 2, 0);
  sigaction(is_thread ? SIGRTMIN : SIGALRM, &action, NULL);
  if (!is_thread) return work(NULL) != NULL;
  if (pthread_create(&thread, NULL, work, NULL) != 0) fail("pthread_create");
  return pthread_join(thread, NULL);
}
