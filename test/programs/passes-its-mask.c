/*
 * Blocks SIGTRAP and becomes the program that its arguments name; without any it says whether it blocks SIGTRAP, sends
 * itself one, and says whether that waits; a child and a thread of it do the same.
 */
#include "fixture.h"
#include <ctype.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

static void *tell(void *who) {
  sigset_t mask, waiting;
  toupper('a');
  pthread_sigmask(SIG_BLOCK, NULL, &mask);
  raise(SIGTRAP);
  sigpending(&waiting);
  printf("%s: %s, %s\n", (const char *)who, sigismember(&mask, SIGTRAP) ? "blocked" : "open",
         sigismember(&waiting, SIGTRAP) ? "waits" : "is gone");
  fflush(stdout);
  return who;
}

int main(int argc, char **argv) {
  if (argc > 1) {
    sigset_t trap;
    sigemptyset(&trap);
    sigaddset(&trap, SIGTRAP);
    sigprocmask(SIG_BLOCK, &trap, NULL);
    toupper('b');
    execv(argv[1], argv + 1);
    return 98;
  }
  tell("first");
  int status;
  pthread_t thread;
  pid_t child = fork();
  if (child == 0) {
    tell("child");
    _exit(3);
  }
  while (waitpid(child, &status, 0) < 0) continue;
  if (pthread_create(&thread, NULL, tell, "thread") == 0) pthread_join(thread, NULL);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 97;
}
