// Runs every program that it is given, one after the other, with its own path as argument.
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

int main(int argc, char **argv) {
  int failed = 0;
  for (int i = 1; i < argc; i++) {
    pid_t pid;
    int status = -1;
    char *name = strrchr(argv[i], '/') + 1;
    char *words[] = {argv[i], name, 0}, *env[] = {0};
    if (posix_spawn(&pid, argv[i], 0, 0, words, env) == 0) waitpid(pid, &status, 0);
    if (status != 0) printf("failed %s %d\n", name, status), failed++;
  }
  return failed != 0;
}
