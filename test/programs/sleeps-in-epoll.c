/* Waits in epoll_wait, read and futex; says whether any of them was interrupted (an attach must not). */
#include "fixture.h"
#include <ctype.h>
#include <errno.h>
#include <sys/epoll.h>
#include <time.h>

int main(int argc, char **argv) {
  long milliseconds = argument(argc, argv, 1, 2000);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event;
  printf("ready\n");
  fflush(stdout);
  int interrupted = 0;
  for (int i = 0; i < 4; i++) {
    if (epoll_wait(epoll, &event, 1, (int)milliseconds / 4) < 0 && errno == EINTR) interrupted++;
    toupper('a');
  }
  printf("interrupted %d\n", interrupted);
  expect("toupper", 4);
  return interrupted;
}
