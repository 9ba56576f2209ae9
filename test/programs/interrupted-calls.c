/* System calls that signals interrupt, each in another way; or (argument "waits") one that nobody interrupts. */
#include "fixture.h"
#include <errno.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

static int pipeEnds[2];

static void writes(int signal) {
  (void)signal;
  if (write(pipeEnds[1], "x", 1) != 1) _exit(98);
}

static void handle(int flags) {
  struct sigaction action = {.sa_handler = writes, .sa_flags = flags};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval soon = {.it_value = {.tv_usec = 100000}};
  setitimer(ITIMER_REAL, &soon, NULL);
}

int main(int argc, char **argv) {
  char byte;
  if (pipe(pipeEnds) != 0) fail("pipe");
  if (argc > 1 && strcmp(argv[1], "waits") == 0) {
    struct timespec moment = {.tv_nsec = 50000000};
    printf("ready\n");
    fflush(stdout);
    for (int i = 0; i < 400 && nanosleep(&moment, NULL) == 0; i++) continue;
    return errno == EINTR ? 1 : 0;
  }
  handle(SA_RESTART);
  if (read(pipeEnds[0], &byte, 1) != 1) fail("read");
  handle(0);
  if (pause() != -1 || errno != EINTR) fail("pause");
  handle(0);
  struct timespec long_time = {.tv_sec = 20};
  if (nanosleep(&long_time, NULL) != -1 || errno != EINTR) fail("nanosleep");
  return 0;
}
