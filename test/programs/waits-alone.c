/*
 * One thread, in one system call. "epoll", "recv" or "accept", and milliseconds: waits so long for nothing, and says how
 * long that took.
 * "write": writes a megabyte into a pipe, which a child reads once a line comes from standard input, and says how much.
 */
#include "fixture.h"
#include <ctype.h>
#include <sys/epoll.h>
#include <sys/socket.h>
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

/* A socket from which nothing comes: accept(2) needs one that listens, at a name that Linux chooses. */
static int with_timeout(const char *call, int milliseconds) {
  struct timeval timeout = {milliseconds / 1000, milliseconds % 1000 * 1000};
  int ends[2];
  if (strcmp(call, "recv") == 0) {
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) fail("socketpair");
  } else {
    struct sockaddr anonymous = {.sa_family = AF_UNIX};
    ends[0] = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(ends[0], &anonymous, sizeof anonymous.sa_family) != 0) fail("bind");
    if (listen(ends[0], 1) != 0) fail("listen");
  }
  if (setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0) fail("setsockopt");
  return ends[0];
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
    const char *call = argc > 1 ? argv[1] : "epoll";
    int waited = (int)argument(argc, argv, 2, 10);
    int on = strcmp(call, "epoll") == 0 ? epoll_create1(EPOLL_CLOEXEC) : with_timeout(call, waited);
    ready();
    long began = milliseconds();
    int events = strcmp(call, "epoll") == 0 ? epoll_wait(on, &event, 1, waited)
                 : strcmp(call, "recv") == 0 ? (int)recv(on, bytes, 1, 0) + 1
                                             : accept(on, NULL, NULL) + 1;
    printf("%d events after %ld ms\n", events, milliseconds() - began);
  }
  int letters = toupper('a') == 'A';
  expect("toupper", letters);
  return 0;
}
