/*
 * Calls from threads while a timer's handler makes calls too, exceptions and longjmps leave calls, and children are forked.
 * Arguments: threads, calls of each, exceptions, longjmps, forks, vforks, microseconds between signals. Counts its own calls.
 */
#include "fixture.h"
#include <atomic>
#include <ctype.h>
#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

static std::atomic<long> upper, lower, absolute, sorted, failed;
static long callsOfEach;

static void onTimer(int) {
  int before = errno;
  tolower('A');
  lower++;
  errno = before;
}

static void *calls(void *) {
  for (long i = 0; i < callsOfEach; i++) {
    if (toupper('a' + (int)(i % 26)) != 'A' + (int)(i % 26)) abort();
    if (labs(-i) != i) abort();
    /* Fails each time. */
    if (access("/does/not/exist", F_OK) != -1) abort();
  }
  upper += callsOfEach;
  absolute += callsOfEach;
  failed += callsOfEach;
  return NULL;
}

struct Thrown {
  long value;
};

static __thread long round_;
static __thread jmp_buf out;

static int throwsOut(const void *, const void *) {
  toupper('x');
  upper++;
  throw Thrown{round_};
}

static int jumpsOut(const void *, const void *) {
  toupper('y');
  upper++;
  longjmp(out, 1);
}

static int looksAround(const void *, const void *) {
  void *frames[32];
  if (backtrace(frames, 32) < 4) abort();
  return 0;
}

static long words[2] = {2, 1};

static void sort(int (*compare)(const void *, const void *)) {
  sorted++;
  qsort(words, 2, sizeof words[0], compare);
}

static void exceptions(long count) {
  for (round_ = 0; round_ < count; round_++) {
    try {
      sort(throwsOut);
      abort();
    } catch (const Thrown &thrown) {
      if (thrown.value != round_) abort();
    }
    toupper('z');
    upper++;
  }
}

static void jumps(long count) {
  for (volatile long i = 0; i < count; i++) {
    if (setjmp(out) == 0) {
      sort(jumpsOut);
      abort();
    }
    toupper('z');
    upper++;
  }
}

static void children(long forks, long vforks) {
  for (long i = 0; i < forks + vforks; i++) {
    pid_t child = i < forks ? fork() : vfork();
    if (child == 0) {
      for (int j = 0; j < 5; j++)
        if (toupper('c') != 'C') _exit(1);
      _exit(7);
    }
    int status;
    pid_t ended;
    do
      ended = waitpid(child, &status, 0);
    while (ended == -1 && errno == EINTR);
    if (ended != child || !WIFEXITED(status) || WEXITSTATUS(status) != 7) abort();
    toupper('p');
    upper++;
  }
}

static void setTimer(long microseconds) {
  struct itimerval timer = {{0, microseconds}, {0, microseconds}};
  if (setitimer(ITIMER_REAL, &timer, NULL) != 0) fail("setitimer");
}

int main(int argc, char **argv) {
  long threads = argument(argc, argv, 1, 2);
  callsOfEach = argument(argc, argv, 2, 50);
  struct sigaction action = {};
  action.sa_handler = onTimer;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, NULL);
  setTimer(argument(argc, argv, 7, 100));
  pthread_t started[64];
  for (long i = 0; i < threads; i++)
    if (pthread_create(&started[i], NULL, calls, NULL) != 0) abort();
  exceptions(argument(argc, argv, 3, 5));
  jumps(argument(argc, argv, 4, 5));
  for (int i = 0; i < 3; i++) sort(looksAround);
  for (long i = 0; i < threads; i++) pthread_join(started[i], NULL);
  children(argument(argc, argv, 5, 3), argument(argc, argv, 6, 3));
  setTimer(0);
  expect("toupper", upper);
  expect("tolower", lower);
  expect("labs", absolute);
  expect("access", failed);
  expect("qsort", sorted);
  return 0;
}
