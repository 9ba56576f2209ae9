/*
 * Calls toupper while threads of io_uring work for it, until standard input ends. First argument: "worker" (a read that
 * waits in a thread of the kernel) or "poller" (a thread of the kernel that looks for work all the time).
 */
#include "fixture.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static struct io_uring_params params;
static int ring;
static char *queue;

static int threads(void) {
  int count = -2; /* . and .. */
  DIR *tasks = opendir("/proc/self/task");
  while (readdir(tasks) != NULL) count++;
  closedir(tasks);
  return count;
}

static void submit_read(int from, char *into, unsigned bytes) {
  size_t size = params.sq_entries * sizeof(struct io_uring_sqe);
  struct io_uring_sqe *entry =
      mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
  if (entry == MAP_FAILED) fail("mmap");
  memset(entry, 0, sizeof *entry);
  entry->opcode = IORING_OP_READ;
  entry->fd = from;
  entry->addr = (unsigned long)into;
  entry->len = bytes;
  entry->flags = IOSQE_ASYNC;
  *(unsigned *)(queue + params.sq_off.array) = 0;
  __atomic_store_n((unsigned *)(queue + params.sq_off.tail), 1, __ATOMIC_RELEASE);
  unsigned wake = params.flags == 0 ? 0 : IORING_ENTER_SQ_WAKEUP;
  if (syscall(SYS_io_uring_enter, ring, 1, 0, wake, NULL, 0) != 1) fail("io_uring_enter");
}

static int result(void) {
  unsigned *tail = (unsigned *)(queue + params.cq_off.tail);
  struct io_uring_cqe *done = (struct io_uring_cqe *)(queue + params.cq_off.cqes);
  while (__atomic_load_n(tail, __ATOMIC_ACQUIRE) == 0) usleep(1000);
  return done->res;
}

int main(int argc, char **argv) {
  static char text[8];
  int pipes[2];
  long calls = 0;
  struct pollfd input = {.fd = 0, .events = POLLIN};
  if (argc > 1 && strcmp(argv[1], "poller") == 0) {
    params.flags = IORING_SETUP_SQPOLL;
    params.sq_thread_idle = 60000;
  }
  ring = (int)syscall(SYS_io_uring_setup, 8, &params);
  if (ring < 0) {
    printf("no io_uring here\n");
    return 0;
  }
  size_t bytes = params.sq_off.array + params.sq_entries * sizeof(unsigned);
  size_t done = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
  if (done > bytes) bytes = done;
  queue = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
  if (queue == MAP_FAILED || pipe(pipes) != 0) fail("mmap");
  submit_read(pipes[0], text, sizeof text);
  while (threads() < 2) usleep(1000);
  printf("ready\n");
  fflush(stdout);
  do {
    toupper('a');
    calls++;
  } while (poll(&input, 1, 2) == 0);
  if (write(pipes[1], "12345678", sizeof text) != sizeof text) fail("write");
  printf("the ring read %d bytes: %.8s\n", result(), text);
  expect("toupper", calls);
  return 0;
}
