/*
 * Passes memory whose pages are filled when they are first touched, by userfaultfd(2). argv[1] is who fills them: thread,
 * or process, a child; it calls toupper for each page, so a tracer that waits for a page waits for itself. One argument
 * alone (strdup), two at once (strcmp), and a page that lies behind one that is there already. With a second argument the
 * pages are there at first, passed often, and dropped then. 77: not allowed here.
 */
#include "fixture.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libintl.h>
#include <locale.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define PAGE 4096ul
#define PAGES 4

static int fault_fd;
static char *area;

/* The first page is "page 0": each begins with its number, and ends in the middle of a word that the next continues. */
static void fill(unsigned long address) {
  static char page[PAGE];
  unsigned long number = (address - (unsigned long)area) / PAGE;
  memset(page, 0, sizeof page);
  snprintf(page, sizeof page, "page %lu", number);
  page[0] = (char)toupper(page[0]);
  memset(page + PAGE - 3, 'x', 3);
  struct uffdio_copy copy = {.dst = address & ~(PAGE - 1), .src = (unsigned long)page, .len = PAGE};
  if (ioctl(fault_fd, UFFDIO_COPY, &copy) != 0) fail("UFFDIO_COPY");
}

static void *fill_all(void *unused) {
  for (int filled = 0; filled < PAGES; filled++) {
    struct pollfd wait = {fault_fd, POLLIN, 0};
    struct uffd_msg message;
    if (poll(&wait, 1, 20000) != 1) exit(98);
    if (read(fault_fd, &message, sizeof message) != (ssize_t)sizeof message) fail("read");
    fill(message.arg.pagefault.address);
  }
  return unused;
}

/* Three texts at once, so often that whoever reads them may find a quicker way. */
static void pass_often(void) {
  for (int page = 0; page < PAGES; page++) strcpy(area + page * PAGE, "here");
  for (int round = 0; round < 200; round++) dcngettext(area, area + PAGE, area + 2 * PAGE, 1, LC_MESSAGES);
  if (madvise(area, PAGES * PAGE, MADV_DONTNEED) != 0) fail("madvise");
}

int main(int argc, char **argv) {
  int is_thread = argc < 2 || strcmp(argv[1], "thread") == 0;
  pthread_t thread;
  pid_t child = 0;
  int status = 0;
  fault_fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
  struct uffdio_api api = {.api = UFFD_API};
  if (fault_fd < 0 || ioctl(fault_fd, UFFDIO_API, &api) != 0) return errno == ENOSYS || errno == EPERM ? 77 : 99;
  area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (argc > 2) {
    pass_often();
    usleep(400000);
  }
  struct uffdio_register all = {.range = {(unsigned long)area, PAGES * PAGE}, .mode = UFFDIO_REGISTER_MODE_MISSING};
  if (ioctl(fault_fd, UFFDIO_REGISTER, &all) != 0) fail("UFFDIO_REGISTER");
  if (is_thread) {
    if (pthread_create(&thread, NULL, fill_all, NULL) != 0) fail("pthread_create");
  } else if ((child = fork()) == 0) {
    fill_all(NULL);
    _exit(0);
  }
  if (argc > 2) dcngettext(area, area + PAGE, area + 2 * PAGE, 1, LC_MESSAGES);
  char *copy = strdup(area);
  int differs = strcmp(area + PAGE, area + 2 * PAGE);
  char *tail = strdup(area + 3 * PAGE - 3);
  int right = strcmp(copy, "Page 0") == 0 && differs < 0 && strcmp(tail, "xxxPage 3") == 0;
  if (is_thread) pthread_join(thread, NULL);
  else if (waitpid(child, &status, 0) != child || status != 0) return 96;
  puts(right ? "all right" : "WRONG");
  free(copy);
  free(tail);
  return right ? 0 : 1;
}
