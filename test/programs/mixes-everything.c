/*
 * For S seconds (first argument): threads that come and go, forks, signals by ones and twos, longjmps out of traced
 * calls and libraries that are loaded and unloaded (second argument: the library), all at once. Counts its own calls.
 */
#include "fixture.h"
#include <ctype.h>
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

int call_back(int (*callback)(int), int argument);

static atomic_long upper, lower, backs, loads, children, handled, queued, delivered;
static double deadline;
static const char *library;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void breathe(void) { nanosleep(&(struct timespec){0, 500000}, NULL); }

static void onSignal(int number) {
  tolower('A');
  lower++;
  handled++;
}

static void onQueued(int number) {
  tolower('B');
  lower++;
  delivered++;
}

static void *shortLived(void *unused) {
  for (int i = 0; i < 20; i++) {
    if (toupper('a') != 'A') abort();
    upper++;
  }
  return NULL;
}

static void *makesThreads(void *unused) {
  while (now() < deadline) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, shortLived, NULL) != 0) abort();
    pthread_join(thread, NULL);
    breathe();
  }
  return NULL;
}

static __thread jmp_buf out;

static int leave(int argument) {
  if (argument % 2) longjmp(out, 1);
  return argument;
}

static void *jumps(void *unused) {
  for (volatile int i = 0; now() < deadline; i++) {
    backs++;
    if (setjmp(out) == 0 && call_back(leave, i) != i + 1) abort();
    breathe();
  }
  return NULL;
}

static void *loadsLibraries(void *unused) {
  while (now() < deadline) {
    void *handle = dlopen(library, RTLD_NOW);
    if (handle == NULL) abort();
    int (*greet)(const char *, int) = (int (*)(const char *, int))dlsym(handle, "greet_many");
    if (greet("abc", 5) != 13) abort();
    loads++;
    dlclose(handle);
    breathe();
  }
  return NULL;
}

static void *queuesPairs(void *unused) {
  while (now() < deadline) {
    for (int which = 1; which <= 2; which++) {
      if (sigqueue(getpid(), SIGRTMIN + which, (union sigval){0}) != 0) abort();
      queued++;
    }
    breathe();
  }
  return NULL;
}

static void *forks(void *unused) {
  while (now() < deadline) {
    pid_t pid = fork();
    if (pid < 0) abort();
    if (pid == 0) _exit(toupper('c') == 'C' ? 3 : 4);
    int status;
    while (waitpid(pid, &status, 0) < 0) {}
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 3) abort();
    children++;
    breathe();
  }
  return NULL;
}

int main(int argc, char **argv) {
  deadline = now() + (argc > 1 ? atof(argv[1]) : 5);
  library = argc > 2 ? argv[2] : "";
  struct sigaction action = {.sa_handler = onSignal, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, NULL);
  action.sa_handler = onQueued;
  sigaction(SIGRTMIN + 1, &action, NULL);
  sigaction(SIGRTMIN + 2, &action, NULL);
  struct itimerval every = {{0, 5000}, {0, 5000}};
  setitimer(ITIMER_REAL, &every, NULL);
  pthread_t threads[6];
  pthread_create(&threads[0], NULL, makesThreads, NULL);
  pthread_create(&threads[1], NULL, makesThreads, NULL);
  pthread_create(&threads[2], NULL, jumps, NULL);
  pthread_create(&threads[3], NULL, loadsLibraries, NULL);
  pthread_create(&threads[4], NULL, forks, NULL);
  pthread_create(&threads[5], NULL, queuesPairs, NULL);
  for (int i = 0; i < 6; i++) pthread_join(threads[i], NULL);
  struct itimerval off = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &off, NULL);
  if (delivered != queued) abort();
  expect("toupper", upper);
  expect("tolower", lower);
  expect("call_back", backs);
  expect("strlen", loads * 5);
  printf("children %ld signals %ld and %ld\n", (long)children, (long)handled, (long)delivered);
  return 0;
}
