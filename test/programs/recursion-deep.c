/* N traced calls (first argument, 100000) are open at once before the first one returns. */
#include "fixture.h"
#include <pthread.h>

int call_back(int (*callback)(int), int argument);

static int descend(int remaining) {
  return remaining == 0 ? 0 : call_back(descend, remaining - 1);
}

static long depth;

static void *start(void *unused) { return (void *)(long)descend((int)depth); }

int main(int argc, char **argv) {
  depth = argument(argc, argv, 1, 100000);
  pthread_attr_t large;
  pthread_attr_init(&large);
  pthread_attr_setstacksize(&large, (size_t)depth * 512 + (1 << 20));
  pthread_t thread;
  void *result;
  if (pthread_create(&thread, &large, start, NULL) != 0) return 99;
  pthread_join(thread, &result);
  expect("call_back", depth);
  return (long)result == depth ? 0 : 1;
}
