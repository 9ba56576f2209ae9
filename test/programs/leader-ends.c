/*
 * The first thread ends by pthread_exit; T threads (first argument, 3) go on calling toupper until standard input
 * ends or S seconds (second, 60) have passed. The last of them says whether all sums are right, how often toupper was
 * called, and how many bytes of code differ from the files.
 */
#include "own-code.h"
#include <ctype.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

static atomic_int stop, running;
static atomic_long total, wrong;
static long seconds;

static void finish(void) {
  printf("wrong threads %ld changed code bytes %ld\n", (long)wrong, changedCodeBytes());
  expect("toupper", total);
  exit(wrong == 0 ? 5 : 1);
}

static void *work(void *unused) {
  long sum = 0, calls = 0;
  do {
    sum += toupper('a' + (int)(calls % 26)) - 'A' - calls % 26;
    calls++;
  } while (!stop);
  total += calls;
  if (sum != 0) wrong++;
  if (--running == 0) finish();
  return NULL;
}

static void *watch(void *unused) {
  struct pollfd input = {.fd = 0, .events = POLLIN};
  char state;
  do { /* until the first thread is a zombie */
    FILE *stat = fopen("/proc/self/stat", "r");
    if (stat == NULL || fscanf(stat, "%*d %*s %c", &state) != 1) exit(98);
    fclose(stat);
  } while (state != 'Z');
  printf("ready\n");
  fflush(stdout);
  poll(&input, 1, (int)(seconds * 1000));
  stop = 1;
  return NULL;
}

int main(int argc, char **argv) {
  long threads = argument(argc, argv, 1, 3);
  seconds = argument(argc, argv, 2, 60);
  pthread_t id;
  running = (int)threads;
  for (long i = 0; i < threads; i++)
    if (pthread_create(&id, NULL, work, NULL) != 0) return 99;
  if (pthread_create(&id, NULL, watch, NULL) != 0) return 99;
  pthread_exit(NULL);
}
