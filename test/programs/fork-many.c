/* N children (first argument, 200), each making 10 calls, half of them alive at the same time. */
#include "fixture.h"
#include <ctype.h>
#include <sys/wait.h>

static int child(int number) {
  int sum = 0;
  for (int i = 0; i < 10; i++) sum += toupper('a' + i % 3);
  return sum == 4 * 'A' + 3 * 'B' + 3 * 'C' ? number % 100 : 255;
}

int main(int argc, char **argv) {
  int count = (int)argument(argc, argv, 1, 200);
  int right = 0, alive = 0, reaped = 0;
  for (int i = 0; i < count; i++) {
    pid_t pid = fork();
    if (pid < 0) fail("fork");
    if (pid == 0) _exit(child(i));
    alive++;
    while (alive > count / 2 || (i == count - 1 && alive > 0)) {
      int status;
      if (wait(&status) < 0) fail("wait");
      alive--;
      reaped++;
      if (WIFEXITED(status) && WEXITSTATUS(status) < 100) right += WEXITSTATUS(status);
      else printf("child ended with %#x\n", status);
    }
  }
  int expected = 0;
  for (int i = 0; i < count; i++) expected += i % 100;
  printf("expect toupper %d in children\n", count * 10);
  printf("children %d, statuses %s\n", reaped, right == expected ? "right" : "WRONG");
  return right == expected && reaped == count ? 0 : 1;
}
