/* vfork and exec N times (first argument, 50): the child shares our memory until it execs. */
#include "fixture.h"
#include <ctype.h>
#include <sys/wait.h>

int main(int argc, char **argv) {
  if (argc > 2) return toupper('a') == 'A' ? 7 : 1; /* as the child */
  long count = argument(argc, argv, 1, 50);
  long right = 0;
  for (volatile long i = 0; i < count; i++) {
    pid_t pid = vfork();
    if (pid < 0) fail("vfork");
    if (pid == 0) {
      toupper('v'); /* a traced call in the shared address space */
      execl("/proc/self/exe", argv[0], "0", "child", (char *)NULL);
      _exit(98);
    }
    int status;
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 7) right++;
    else printf("child ended with %#x\n", status);
    toupper('p');
  }
  expect("toupper", count);
  printf("children %ld\n", right);
  return right == count ? 0 : 1;
}
