/* Forks N times (first argument, 50) while four threads make calls without pause. */
#include "fixture.h"
#include <ctype.h>
#include <pthread.h>
#include <sys/wait.h>

static volatile int stop;

static void *busy(void *unused) {
  long calls = 0;
  while (!stop) {
    toupper('a');
    calls++;
  }
  return (void *)calls;
}

int main(int argc, char **argv) {
  long count = argument(argc, argv, 1, 50);
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, busy, NULL);
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
  for (int i = 0; i < 4; i++) {
    void *made;
    pthread_join(threads[i], &made);
    calls += (long)made;
  }
  expect("toupper", calls);
  printf("expect tolower %ld in children\nchildren %ld\n", count * 5, right);
  return right == count ? 0 : 1;
}
