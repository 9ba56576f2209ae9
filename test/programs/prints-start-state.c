/* Prints everything that a program can see of how it was started. */
#include "fixture.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/prctl.h>
#include <termios.h>

extern char **environ;

static void printFile(const char *path, const char *wanted[]) {
  FILE *file = fopen(path, "r");
  char line[1024];
  if (file == NULL) return;
  while (fgets(line, sizeof line, file) != NULL) {
    if (wanted == NULL) printf("%s: %s", path, line);
    for (int i = 0; wanted != NULL && wanted[i] != NULL; i++)
      if (strncmp(line, wanted[i], strlen(wanted[i])) == 0) printf("%s", line);
  }
  fclose(file);
}

static void printDescriptors(void) {
  DIR *folder = opendir("/proc/self/fd");
  struct dirent *entry;
  while ((entry = readdir(folder)) != NULL) {
    int fd = atoi(entry->d_name);
    char path[64], target[256];
    if (entry->d_name[0] == '.' || fd == dirfd(folder)) continue;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(path, target, sizeof target - 1);
    target[length > 0 ? length : 0] = '\0';
    char *number = strchr(target, '['); /* pipe:[12345] */
    if (number != NULL) *number = '\0';
    printf("fd %d %s flags %x close-on-exec %d\n", fd, target, (unsigned)fcntl(fd, F_GETFL),
           fcntl(fd, F_GETFD));
  }
  closedir(folder);
}

int main(int argc, char **argv) {
  static const char *status[] = {"SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt", "Uid",
                                 "Gid", "Groups", "NoNewPrivs", "Seccomp:", "CapInh", "CapPrm",
                                 "CapEff", "CapBnd", "CapAmb", "Cpus_allowed:", "Threads", "Umask",
                                 "CoreDumping", "THP_enabled", NULL};
  printf("arguments %d", argc);
  for (int i = 0; i < argc; i++) printf(" [%s]", argv[i]);
  printf("\nprogram %s\n", (char *)getauxval(AT_EXECFN));
  printf("secure %ld\n", (long)getauxval(AT_SECURE));
  for (char **variable = environ; *variable != NULL; variable++) printf("environment %s\n", *variable);
  printf("leads its group %d, its session %d\n", getpgrp() == getpid(), getsid(0) == getpid());
  printf("group of the parent %d, session of the parent %d\n", getpgrp() == getpgid(getppid()),
         getsid(0) == getsid(getppid()));
  printf("in the foreground %d\n", tcgetpgrp(0) == getpgrp());
  printFile("/proc/self/status", status);
  printFile("/proc/self/limits", NULL);
  printFile("/proc/self/timerslack_ns", NULL);
  printFile("/proc/self/personality", NULL);
  printFile("/proc/self/oom_score_adj", NULL);
  printFile("/proc/self/autogroup", NULL);
  printf("nice %d, dumpable %d, subreaper %d, parent-death signal %d\n",
         getpriority(PRIO_PROCESS, 0), prctl(PR_GET_DUMPABLE), 0, 0);
  stack_t alternative;
  sigaltstack(NULL, &alternative);
  printf("alternative stack %s\n", alternative.ss_flags & SS_DISABLE ? "none" : "set");
  for (int signal = 1; signal < 65; signal++) {
    struct sigaction action;
    if (sigaction(signal, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
      printf("signal %d %s\n", signal, action.sa_handler == SIG_IGN ? "ignored" : "handled");
  }
  char folder[4096];
  printf("working directory %s\n", getcwd(folder, sizeof folder));
  printDescriptors();
  return 7;
}
