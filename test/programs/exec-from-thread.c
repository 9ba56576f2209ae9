/* A thread that is not the first one execs while others run. */
#include "fixture.h"
#include <ctype.h>
#include <pthread.h>

static char *self;

static void *busy(void *unused) {
  for (;;) toupper('a');
  return NULL;
}

static void *execs(void *unused) {
  for (int i = 0; i < 10; i++) tolower('A');
  execl("/proc/self/exe", self, "after", (char *)NULL);
  _exit(98);
}

int main(int argc, char **argv) {
  if (argc > 1) {
    for (int i = 0; i < 5; i++) tolower('A');
    expect("tolower", 15);
    return 6;
  }
  self = argv[0];
  pthread_t threads[3];
  pthread_create(&threads[0], NULL, busy, NULL);
  pthread_create(&threads[1], NULL, busy, NULL);
  pthread_create(&threads[2], NULL, execs, NULL);
  pthread_join(threads[2], NULL);
  return 1;
}
