/*
 * Tasks that take turns on one stack: whoever waits has its slice of it copied to the heap. Each is inside traced calls
 * then, at the very addresses where another makes the same ones. argv[1]: tasks, argv[2]: rounds of each. Every call
 * returns what it was given and one more.
 */
#include "fixture.h"
#include <alloca.h>
#include <setjmp.h>
#include <stdint.h>

int call_back(int (*callback)(int), int argument);

struct task {
  jmp_buf at;
  char *slice;
  size_t size;
  int begun, over;
};

static struct task *tasks, *running;
static jmp_buf scheduler;
static char *base;
static int rounds;
static long finished;

__attribute__((noinline)) static void keep_slice(struct task *task) {
  char *low = (char *)__builtin_frame_address(0) - 256;
  task->size = (size_t)(base - low);
  task->slice = realloc(task->slice, task->size);
  if (task->slice == NULL) fail("realloc");
  memcpy(task->slice, low, task->size);
}

static void give_way(void) {
  struct task *task = running;
  if (setjmp(task->at) != 0) return;
  keep_slice(task);
  longjmp(scheduler, 1);
}

__attribute__((noinline)) static void put_back(struct task *task) {
  memcpy(base - task->size, task->slice, task->size);
  longjmp(task->at, 1);
}

/* From a frame that the slice does not reach. */
__attribute__((noinline)) static void go_on(struct task *task) {
  volatile char *room = alloca(task->size + 4096);
  room[0] = 0;
  put_back(task);
}

static int inner(int argument) {
  give_way();
  return argument;
}

static int outer(int argument) {
  int first = call_back(inner, argument + 1);
  int second = call_back(inner, argument + 2);
  if (first != argument + 2 || second != argument + 3) exit(3);
  return argument;
}

__attribute__((noinline)) static void work(int id) {
  for (int i = 0; i < rounds; i++) {
    int argument = id * 1000 + i * 10;
    if (call_back(outer, argument) != argument + 1) exit(4);
    finished += 3;
  }
}

__attribute__((noinline)) static void begin(int id) {
  base = __builtin_frame_address(0);
  running->begun = 1;
  work(id);
  running->over = 1;
  longjmp(scheduler, 1);
}

int main(int argc, char **argv) {
  static int next, left, count;
  count = (int)argument(argc, argv, 1, 3);
  rounds = (int)argument(argc, argv, 2, 4);
  tasks = calloc((size_t)count, sizeof *tasks);
  if (tasks == NULL) fail("calloc");
  left = count;
  next = -1;
  if (setjmp(scheduler) != 0 && tasks[next].over) left--;
  while (left > 0) {
    next = (next + 1) % count;
    running = &tasks[next];
    if (running->over) continue;
    if (running->begun) go_on(running);
    else begin(next);
  }
  expect("call_back", finished);
  return finished == 3L * count * rounds ? 0 : 1;
}
