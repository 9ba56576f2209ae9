/* T threads (first argument, 8) call toupper N times each (second, 20000), all at once. */
#include "fixture.h"
#include <ctype.h>
#include <pthread.h>

static long count;
static pthread_barrier_t start;

static void *work(void *unused) {
  long sum = 0;
  pthread_barrier_wait(&start);
  for (long i = 0; i < count; i++) sum += toupper('a' + (int)(i % 26)) - 'A';
  return (void *)sum;
}

int main(int argc, char **argv) {
  long threads = argument(argc, argv, 1, 8);
  count = argument(argc, argv, 2, 20000);
  pthread_t ids[256];
  if (threads > 256) return 99;
  pthread_barrier_init(&start, NULL, (unsigned)threads);
  for (long i = 0; i < threads; i++)
    if (pthread_create(&ids[i], NULL, work, NULL) != 0) return 99;
  long right = 0;
  for (long i = 0; i < count; i++) right += i % 26;
  int wrong = 0;
  for (long i = 0; i < threads; i++) {
    void *sum;
    pthread_join(ids[i], &sum);
    if ((long)sum != right) wrong++;
  }
  expect("toupper", threads * count);
  return wrong;
}
