/*
 * Starts programs as debuggers do, N times (first argument, 20): vfork, PTRACE_TRACEME, exec. Meanwhile T threads
 * (second, 3) call toupper without pause. Knows how often it was called; the children call it before exec as well,
 * which is not counted.
 */
#include "fixture.h"
#include <ctype.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

static atomic_int stop;
static atomic_long total;

static void *work(void *unused) {
  long calls = 0;
  do {
    toupper('a');
    calls++;
  } while (!stop);
  total += calls;
  return NULL;
}

static int debug(const char *program) {
  int status;
  pid_t pid = vfork();
  if (pid < 0) fail("vfork");
  if (pid == 0) {
    toupper('v');
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(97);
    execl("/proc/self/exe", program, "0", "0", "child", (char *)NULL);
    _exit(98);
  }
  waitpid(pid, &status, 0);
  if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP) return printf("no stop: %#x\n", status);
  if (ptrace(PTRACE_CONT, pid, NULL, NULL) != 0) fail("PTRACE_CONT");
  waitpid(pid, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 7) return printf("ended with %#x\n", status);
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 3) return 7;
  long count = argument(argc, argv, 1, 20), threads = argument(argc, argv, 2, 3), right = 0;
  pthread_t ids[64];
  if (threads > 64) return 99;
  for (long i = 0; i < threads; i++)
    if (pthread_create(&ids[i], NULL, work, NULL) != 0) return 99;
  for (long i = 0; i < count; i++) {
    if (debug(argv[0]) == 0) right++;
    toupper('p');
    total++;
  }
  stop = 1;
  for (long i = 0; i < threads; i++) pthread_join(ids[i], NULL);
  expect("toupper", total);
  printf("debugged %ld\n", right);
  return right == count ? 0 : 1;
}
