/*
 * Not traced itself: runs its arguments on a new pseudo-terminal, relays both ways and ends with the
 * command's exit status, or 128 plus the number of the signal that killed it.
 */
#include "fixture.h"
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

static int writeAll(int fd, const char *data, ssize_t size) {
  while (size > 0) {
    ssize_t done = write(fd, data, (size_t)size);
    if (done < 0 && errno != EINTR) return -1;
    if (done > 0) {
      data += done;
      size -= done;
    }
  }
  return 0;
}

int main(int argc, char **argv) {
  int terminal;
  struct winsize size = {.ws_row = 24, .ws_col = 80};
  if (argc < 2) return 99;
  pid_t pid = forkpty(&terminal, NULL, NULL, &size);
  if (pid < 0) fail("forkpty");
  if (pid == 0) {
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  struct pollfd both[2] = {{.fd = terminal, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  char data[65536];
  for (;;) {
    if (poll(both, 2, -1) < 0 && errno != EINTR) break;
    if (both[1].revents != 0) {
      ssize_t got = read(0, data, sizeof data);
      if (got <= 0) both[1].fd = -1;
      else if (writeAll(terminal, data, got) < 0) break;
    }
    if (both[0].revents != 0) {
      ssize_t got = read(terminal, data, sizeof data); /* EIO: the last writer is gone */
      if (got <= 0 || writeAll(1, data, got) < 0) break;
    }
  }
  int status;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
