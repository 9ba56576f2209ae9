/* Traces a child of its own by single steps, as a debugger does. */
#include "fixture.h"
#include <ctype.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

int main(void) {
  pid_t pid = fork();
  if (pid < 0) fail("fork");
  if (pid == 0) {
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(77);
    raise(SIGSTOP);
    int sum = 0;
    for (int i = 0; i < 100; i++) sum += toupper('a');
    _exit(sum == 100 * 'A' ? 6 : 1);
  }
  int status;
  long steps = 0;
  while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
    steps++;
    ptrace(steps < 500 ? PTRACE_SINGLESTEP : PTRACE_CONT, pid, NULL, NULL);
  }
  tolower('A');
  expect("tolower", 1);
  printf("child %s %d, steps %s\n", WIFEXITED(status) ? "exited" : "killed",
         WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), steps >= 500 ? "many" : "few");
  return 0;
}
