/*
 * Begins a child in its own memory that asks not to be traced, as LeakSanitizer does, and has it call toupper as often as
 * the first argument says (3). With a second argument it waits for a line first.
 */
#include "fixture.h"
#include <ctype.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#define STACK_BYTES (64 * 1024)

static volatile int right;
static long count;

static int child(void *unused) {
  (void)unused;
  for (long i = 0; i < count; i++) right += toupper('a') == 'A';
  _exit(7);
}

int main(int argc, char **argv) {
  count = argument(argc, argv, 1, 3);
  if (argc > 2) {
    puts("ready");
    fflush(stdout);
    getchar();
  }
  toupper('b');
  char *stack = malloc(STACK_BYTES);
  pid_t pid = clone(child, stack + STACK_BYTES, CLONE_VM | CLONE_UNTRACED | SIGCHLD, NULL);
  if (pid < 0) fail("clone");
  int status;
  while (waitpid(pid, &status, 0) < 0) continue;
  if (WIFSIGNALED(status)) printf("the child died of signal %d\n", WTERMSIG(status));
  else printf("the child ended with %d after %d calls\n", WEXITSTATUS(status), right);
  return 0;
}
