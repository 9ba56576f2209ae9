/*
 * One thread, in one system call. "epoll" and milliseconds: waits so long for nothing, and says how long that took.
 * "write": writes a megabyte into a pipe, which a child reads once a line comes from standard input, and says how much.
 */
#include "fixture.h"
#include <ctype.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>

#define MEGABYTE (1 << 20)

static long milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void read_all(int from) {
  static char bytes[1 << 16];
  char line[16];
  if (fgets(line, sizeof line, stdin) == NULL) _exit(0);
  while (read(from, bytes, sizeof bytes) > 0) continue;
  _exit(0);
}

static void ready(void) {
  puts("ready");
  fflush(stdout);
}

int main(int argc, char **argv) {
  static char bytes[MEGABYTE];
  struct epoll_event event;
  if (argc > 1 && strcmp(argv[1], "write") == 0) {
    int ends[2];
    if (pipe(ends) != 0) fail("pipe");
    pid_t child = fork();
    if (child == 0) {
      close(ends[1]);
      read_all(ends[0]);
    }
    close(ends[0]);
    ready();
    printf("wrote %ld\n", (long)write(ends[1], bytes, sizeof bytes));
    close(ends[1]);
    waitpid(child, NULL, 0);
  } else {
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    ready();
    long began = milliseconds();
    int events = epoll_wait(epoll, &event, 1, (int)argument(argc, argv, 2, 10));
    printf("%d events after %ld ms\n", events, milliseconds() - began);
  }
  int letters = toupper('a') == 'A';
  expect("toupper", letters);
  return 0;
}
