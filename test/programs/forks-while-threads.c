/* Forks N times (first argument, 50) while four threads make calls without pause, once each of them has made one. */
#include "fixture.h"
#include <ctype.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

#define THREADS 4

static volatile int stop;
static atomic_int begun;

static void *busy(void *unused) {
  long calls = 0;
  while (!stop) {
    toupper('a');
    if (calls++ == 0) atomic_fetch_add(&begun, 1);
  }
  return (void *)calls;
}

int main(int argc, char **argv) {
  long count = argument(argc, argv, 1, 50);
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, busy, NULL);
  while (atomic_load(&begun) < THREADS) usleep(1000);
  long right = 0;
  for (long i = 0; i < count; i++) {
    pid_t pid = fork();
    if (pid < 0) fail("fork");
    if (pid == 0) {
      int sum = 0;
      for (int k = 0; k < 5; k++) sum += tolower('A');
      _exit(sum == 5 * 'a' ? 9 : 1);
    }
    int status;
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 9) right++;
    else printf("child ended with %#x\n", status);
  }
  stop = 1;
  long calls = 0;
  for (int i = 0; i < THREADS; i++) {
    void *made;
    pthread_join(threads[i], &made);
    calls += (long)made;
  }
  expect("toupper", calls);
  printf("expect tolower %ld in children\nchildren %ld\n", count * 5, right);
  return right == count ? 0 : 1;
}
