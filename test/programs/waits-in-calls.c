/*
 * A thread for each kind of system call that it can wait in without end, and the first one in poll, until standard input
 * ends. All are calls that an attach must not interrupt, and need not: with the masks that they give none waits with another
 * mask than its own.
 */
#include "fixture.h"
#include <ctype.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static int ends[2];
static int full[2]; /* A pipe that nobody reads. */

static long in_epoll_pwait(void) {
  struct epoll_event event;
  return epoll_pwait(epoll_create1(0), &event, 1, 600000, NULL);
}

static long in_ppoll(void) {
  struct timespec limit = {600, 0};
  return ppoll(NULL, 0, &limit, NULL);
}

static long in_pselect(void) {
  struct timespec limit = {600, 0};
  return pselect(0, NULL, NULL, NULL, &limit, NULL);
}

static long in_sigtimedwait(void) {
  struct timespec limit = {600, 0};
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGUSR1);
  return sigtimedwait(&awaited, NULL, &limit);
}

static long in_io_pgetevents(void) {
  struct timespec limit = {600, 0};
  struct io_event event;
  aio_context_t context = 0;
  syscall(SYS_io_setup, 1L, &context);
  struct {
    const sigset_t *mask;
    size_t bytes;
  } none = {NULL, 8};
  return syscall(SYS_io_pgetevents, context, 1L, 1L, &event, &limit, &none);
}

static long in_read(void) {
  char byte;
  return read(ends[0], &byte, 1);
}

static long in_recv_all(void) {
  char bytes[8192];
  return recv(ends[1], bytes, sizeof bytes, MSG_WAITALL);
}

static long in_write(void) {
  static char bytes[1 << 20];
  return write(full[1], bytes, sizeof bytes);
}

static long (*const KINDS[])(void) = {
  in_epoll_pwait, in_ppoll,    in_pselect, in_sigtimedwait,
  in_io_pgetevents, in_read, in_recv_all, in_write,
};

static void *waits(void *which) {
  KINDS[(long)which]();
  return NULL;
}

int main(void) {
  struct pollfd input = {.fd = 0, .events = POLLIN};
  pthread_t thread;
  char byte;
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 || pipe(full) != 0) fail("socketpair");
  /* A part is there already: who is interrupted now gets that part. */
  if (write(ends[0], "x", 1) != 1) fail("write");
  for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
    if (pthread_create(&thread, NULL, waits, (void *)i) != 0) fail("pthread_create");
  }
  puts("ready");
  fflush(stdout);
  do
    while (poll(&input, 1, -1) < 1) continue;
  while (read(0, &byte, 1) == 1 && toupper(byte) != 0);
  expect("puts", 1);
  return 0;
}
