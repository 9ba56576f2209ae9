/*
 * Calls toupper until standard input ends, and plays with its signals meanwhile, as the first argument says:
 *   ticks     a timer of N us (second argument, 2000) interrupts the calls
 *   handlers  the same, and the handler blocks all signals and makes calls itself
 *   storm     the same, and they come as soon as the one before was handled
 *   masks     blocks all signals around a call, while two threads make theirs; the default
 *   threads   begins threads, for which the C library blocks all signals
 * At the end it says how many results were wrong, whether it blocks a signal, and whether the timer still ticks.
 */
#include "fixture.h"
#include <ctype.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#define CALLS_BETWEEN_LOOKS 200

static volatile sig_atomic_t ended;
static volatile long wrong, calls, ticks;
static const char *mode;

static void callOnce(int letter) {
  if (toupper('a' + letter) != 'A' + letter) __atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
  __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
}

static void onTick(int signal) {
  ticks++;
  if (strcmp(mode, "handlers") == 0) callOnce(ticks % 26);
}

static void handleTicks(void) {
  struct sigaction action = {.sa_handler = onTick, .sa_flags = SA_RESTART};
  if (strcmp(mode, "handlers") == 0) sigfillset(&action.sa_mask);
  sigaction(SIGALRM, &action, NULL);
}

static void startTimer(long microseconds) {
  struct itimerval every = {{0, microseconds}, {0, microseconds}};
  setitimer(ITIMER_REAL, &every, NULL);
}

static void *callAlong(void *unused) {
  for (long i = 0; !ended; i++) {
    callOnce(i % 26);
    if (i % 64 == 0) usleep(100);
  }
  return unused;
}

static void wait20us(void) {
  struct timespec from, now;
  clock_gettime(CLOCK_MONOTONIC, &from);
  do clock_gettime(CLOCK_MONOTONIC, &now);
  while ((now.tv_sec - from.tv_sec) * 1000000000 + now.tv_nsec - from.tv_nsec < 20000);
}

static void *sendAll(void *to) {
  while (!ended) {
    long before = ticks;
    pthread_kill((pthread_t)to, SIGALRM);
    while (ticks == before && !ended) sched_yield();
    wait20us();
  }
  return NULL;
}

static void *callOne(void *letter) {
  callOnce((long)letter);
  return NULL;
}

static void callMasked(void) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  callOnce(1);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  usleep(1000);
}

static void callInThread(long letter) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, callOne, (void *)letter) != 0) fail("pthread_create");
  pthread_join(thread, NULL);
}

static void step(long turn) {
  if (strcmp(mode, "masks") == 0) callMasked();
  else if (strcmp(mode, "threads") == 0) callInThread(turn % 26);
  else callOnce(turn % 26);
}

static int inputHasEnded(void) {
  struct pollfd input = {.fd = 0, .events = POLLIN};
  char byte;
  return poll(&input, 1, 0) > 0 && read(0, &byte, 1) <= 0;
}

static int stillTicks(void) {
  long before = ticks;
  for (int i = 0; i < 500 && ticks == before; i++) usleep(10000);
  return ticks != before;
}

static int blocksAny(void) {
  sigset_t now;
  int any = 0;
  pthread_sigmask(SIG_BLOCK, NULL, &now);
  for (int number = 1; number < 32; number++) any |= sigismember(&now, number);
  return any;
}

static int is(const char *name) { return strcmp(mode, name) == 0; }

int main(int argc, char **argv) {
  mode = argc > 1 ? argv[1] : "masks";
  int isTimed = is("ticks") || is("handlers");
  int doesTick = isTimed || is("storm");
  pthread_t along[2];
  int others = isTimed ? 0 : is("storm") ? 1 : 2;
  if (doesTick) handleTicks();
  if (isTimed) startTimer(argument(argc, argv, 2, 2000));
  for (int i = 0; i < others; i++) {
    void *(*work)(void *) = is("storm") ? sendAll : callAlong;
    if (pthread_create(&along[i], NULL, work, (void *)pthread_self()) != 0) fail("pthread_create");
  }
  puts("ready");
  fflush(stdout);
  do
    for (long i = 0; i < (doesTick ? CALLS_BETWEEN_LOOKS : 1); i++) step(i);
  while (!inputHasEnded());
  int ticksOn = doesTick ? stillTicks() : 1;
  ended = 1;
  for (int i = 0; i < others; i++) pthread_join(along[i], NULL);
  signal(SIGALRM, SIG_IGN);
  expect("toupper", calls);
  printf("wrong %ld blocks %d ticks %d\n", wrong, blocksAny(), ticksOn);
  return wrong != 0;
}
