// A stack of many kinds of frames: variable size, inlined, called back by libc, interrupted by a signal.
#include <alloca.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile int sink;
static char other_stack[65536];

static inline __attribute__((always_inline)) void innermost(int number) {
  if (number > 0) abort();
}

static inline __attribute__((always_inline)) void middle(int number) {
  innermost(number + 1);
  sink++;
}

static void on_signal(int number) {
  middle(number);
  sink++;
}

__attribute__((noinline)) static int interrupted(void) {
  raise(SIGUSR1);
  return sink + 1;
}

static int compare(const void *a, const void *b) {
  int order = *(const int *)a - *(const int *)b;
  return order + interrupted();
}

__attribute__((noinline)) static int sorts(int count) {
  char *room = alloca((size_t)count * 16);
  memset(room, 0, (size_t)count * 16);
  int numbers[4] = {4, count, 2, 3};
  qsort(numbers, 4, sizeof numbers[0], compare);
  return numbers[0] + room[0];
}

__attribute__((noinline)) static int recurses(int depth) {
  if (depth == 0) return sorts(5);
  int below = recurses(depth - 1);
  sink++;
  return below + depth;
}

int main(void) {
  stack_t stack = {.ss_sp = other_stack, .ss_size = sizeof other_stack};
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
  sigaltstack(&stack, NULL);
  sigaction(SIGUSR1, &action, NULL);
  printf("%d\n", recurses(20));
  return 0;
}
