/* posix_spawn N times (first argument, 50). */
#include "fixture.h"
#include <ctype.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

int main(int argc, char **argv) {
  if (argc > 2) return toupper('a') == 'A' ? 7 : 1;
  long count = argument(argc, argv, 1, 50);
  long right = 0;
  for (long i = 0; i < count; i++) {
    char *arguments[] = {argv[0], "0", "child", NULL};
    pid_t pid;
    int error = posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ);
    if (error != 0) return 99;
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
