/*
 * Calls of vfork that last: until standard input ends the child runs in its parent's memory, and calls toupper there;
 * then it executes a program. First argument: so many other threads call toupper all the time. Second: "later": vfork
 * waits for the first byte of standard input.
 */
#include "fixture.h"
#include <ctype.h>
#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>

static void *calls(void *unused) {
  for (;;) {
    toupper('a');
    usleep(1000);
  }
  return unused;
}

int main(int argc, char **argv) {
  static char *const command[] = {"true", NULL};
  char byte;
  pthread_t thread;
  int status;
  for (long left = argument(argc, argv, 1, 0); left > 0; left--) {
    if (pthread_create(&thread, NULL, calls, NULL) != 0) fail("pthread_create");
  }
  printf("ready\n");
  fflush(stdout);
  if (argc > 2 && read(0, &byte, 1) != 1) return 98;
  pid_t child = vfork();
  if (child == 0) {
    struct pollfd input = {.fd = 0, .events = POLLIN};
    while (poll(&input, 1, 5) == 0) toupper('b');
    execv("/bin/true", command);
    _exit(99);
  }
  if (child < 0 || waitpid(child, &status, 0) != child) fail("vfork");
  printf("child status %x\n", (unsigned)status);
  for (int i = 0; i < 20; i++) toupper('c');
  puts("done");
  return status != 0;
}
