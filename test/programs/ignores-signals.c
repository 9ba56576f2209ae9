/*
 * Waits in one kind of system call after the other, of those that a signal ends with EINTR even without a handler. Meanwhile
 * come signals that it ignores, which it must not notice; at last what the call waits for, or with "handled" as argument a
 * signal that has a handler. Says how each call ended.
 * With "threads" two threads wait while the first has children, of whose ends it does not ask to be told.
 */
#include "fixture.h"
#include <ctype.h>
#include <errno.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

static int ends[2]; /* A socket pair: we read the first, the child writes into the other. */
static int semaphores;
static aio_context_t aio;

static long in_read(void) {
  char byte;
  return read(ends[0], &byte, 1);
}

static long in_epoll_wait(void) {
  struct epoll_event event = {.events = EPOLLIN};
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
  long result = epoll_wait(epoll, &event, 1, 20000);
  close(epoll);
  return result == 1 ? in_read() : result;
}

static long in_epoll_pwait(void) {
  struct epoll_event event = {.events = EPOLLIN};
  sigset_t none;
  sigemptyset(&none);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
  long result = epoll_pwait(epoll, &event, 1, -1, &none);
  close(epoll);
  return result == 1 ? in_read() : result;
}

static long in_recv(void) {
  char byte;
  return recv(ends[0], &byte, 1, 0);
}

static long in_semop(void) {
  struct sembuf take = {0, -1, 0};
  return semop(semaphores, &take, 1) == 0 ? 1 : -1;
}

static long in_sigtimedwait(void) {
  struct timespec limit = {20, 0};
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGRTMIN);
  return sigtimedwait(&awaited, NULL, &limit) == SIGRTMIN ? 1 : -1;
}

static long in_io_getevents(void) {
  struct timespec limit = {0, 300000000};
  struct io_event event;
  return syscall(SYS_io_getevents, aio, 1L, 1L, &event, &limit) == 0 ? 1 : -1;
}

static void write_byte(pid_t parent) {
  (void)parent;
  if (write(ends[1], "x", 1) != 1) fail("write");
}

static void raise_semaphore(pid_t parent) {
  (void)parent;
  struct sembuf give = {0, 1, 0};
  if (semop(semaphores, &give, 1) != 0) fail("semop");
}

static void send_awaited(pid_t parent) { kill(parent, SIGRTMIN); }
static void let_time_pass(pid_t parent) { (void)parent; }

static const struct {
  const char *name;
  long (*wait)(void);
  void (*end)(pid_t);
} KINDS[] = {
  {"epoll_wait", in_epoll_wait, write_byte},
  {"epoll_pwait", in_epoll_pwait, write_byte},
  {"recv", in_recv, write_byte},
  {"read", in_read, write_byte},
  {"semop", in_semop, raise_semaphore},
  {"sigtimedwait", in_sigtimedwait, send_awaited},
  {"io_getevents", in_io_getevents, let_time_pass},
};

/* Until the kernel says that it sleeps; it does so nowhere else. */
static void await_sleep(pid_t pid) {
  char path[40], text[200];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  for (int i = 0; i < 20000; i++) {
    FILE *file = fopen(path, "r");
    if (file == NULL) exit(0);
    char *state = fgets(text, sizeof text, file) == NULL ? NULL : strstr(text, ") ");
    fclose(file);
    if (state != NULL && state[2] == 'S') return;
    usleep(500);
  }
}

static void disturb(pid_t parent) {
  const int ignored[] = {SIGURG, SIGWINCH, SIGUSR1, SIGCONT, SIGCHLD, SIGRTMIN + 1};
  for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) {
    await_sleep(parent);
    kill(parent, ignored[i]);
  }
  await_sleep(parent);
}

static void handle(int signal) { (void)signal; }

static volatile sig_atomic_t is_over;

/* Again and again; the result is how often that was interrupted. */
static void *waits_for_a_signal(void *unused) {
  (void)unused;
  struct timespec limit = {0, 100000000};
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGRTMIN);
  long interrupted = 0;
  while (!is_over) {
    if (sigtimedwait(&awaited, NULL, &limit) < 0 && errno == EINTR) interrupted++;
  }
  return (void *)interrupted;
}

static void *waits_for_a_file(void *unused) {
  (void)unused;
  struct epoll_event event;
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  long interrupted = 0;
  while (!is_over) {
    if (epoll_wait(epoll, &event, 1, 100) < 0 && errno == EINTR) interrupted++;
  }
  return (void *)interrupted;
}

static int waits_in_threads(void) {
  pthread_t threads[2];
  void *interrupted[2];
  long letters = 0;
  pthread_create(&threads[0], NULL, waits_for_a_signal, NULL);
  pthread_create(&threads[1], NULL, waits_for_a_file, NULL);
  for (int i = 0; i < 60; i++) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    letters += toupper('a') == 'A';
    usleep(2000);
    waitpid(child, NULL, 0);
  }
  is_over = 1;
  for (int i = 0; i < 2; i++) pthread_join(threads[i], &interrupted[i]);
  printf("sigtimedwait: EINTR %ld\nepoll_wait: EINTR %ld\n", (long)interrupted[0],
         (long)interrupted[1]);
  expect("toupper", letters);
  return 0;
}

int main(int argc, char **argv) {
  int is_handled = argc > 1 && strcmp(argv[1], "handled") == 0;
  struct sigaction action = {.sa_handler = handle};
  struct timeval limit = {20, 0};
  sigset_t awaited;
  sigaction(SIGUSR2, &action, NULL);
  signal(SIGUSR1, SIG_IGN);
  signal(SIGRTMIN + 1, SIG_IGN);
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &awaited, NULL);
  if (argc > 1 && strcmp(argv[1], "threads") == 0) return waits_in_threads();
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) fail("socketpair");
  setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  semaphores = semget(IPC_PRIVATE, 1, 0600);
  if (semaphores < 0) fail("semget");
  syscall(SYS_io_setup, 1L, &aio);
  long letters = 0, kinds = sizeof KINDS / sizeof *KINDS;
  for (long i = 0; i < kinds; i++) {
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) {
      disturb(parent);
      if (is_handled) kill(parent, SIGUSR2);
      else KINDS[i].end(parent);
      _exit(0);
    }
    letters += toupper('a') == 'A';
    long result = KINDS[i].wait();
    printf("%s: %s\n", KINDS[i].name, result > 0 ? "done" : errno == EINTR ? "EINTR" : "failed");
    waitpid(child, NULL, 0);
  }
  semctl(semaphores, 0, IPC_RMID);
  expect("toupper", letters);
  return 0;
}
