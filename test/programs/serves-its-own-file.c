/*
 * Mounts a file system of its own (fuse(4)) over a folder, in a mount namespace of its own, and passes memory
 * that a file there is mapped to. argv[1] is who serves it: thread, process, a child, or stranger, a child of
 * which nothing is left to us but the file, or late, such a one that answers when it gets a byte, or never, and ends
 * after three seconds;
 * it calls toupper for each read, so
 * a tracer that waits for the file waits for itself. 77: not allowed here.
 */
#include "fixture.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libintl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define BYTES 4096

static int device, wakes = -1, is_never;

static void answer(const struct fuse_in_header *to, int error, const void *body, size_t bytes) {
  static char reply[sizeof(struct fuse_out_header) + 2 * BYTES];
  struct fuse_out_header header = {.len = (unsigned)(sizeof header + bytes), .error = error, .unique = to->unique};
  memcpy(reply, &header, sizeof header);
  if (bytes > 0) memcpy(reply + sizeof header, body, bytes);
  /* ENOENT: it was interrupted. */
  if (write(device, reply, header.len) != (ssize_t)header.len && errno != ENOENT) fail("write");
}

static struct fuse_attr attributes(unsigned long node) {
  struct fuse_attr attr = {.ino = node, .nlink = 1, .blksize = BYTES};
  attr.mode = node == 1 ? S_IFDIR | 0755 : S_IFREG | 0444;
  attr.size = node == 1 ? 0 : BYTES;
  return attr;
}

static void serve_one(const struct fuse_in_header *in, const char *body) {
  char page[BYTES] = "served text", wake;
  switch (in->opcode) {
  case FUSE_INIT: {
    struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = BYTES};
    answer(in, 0, &out, sizeof out);
    return;
  }
  case FUSE_LOOKUP: {
    struct fuse_entry_out out = {.nodeid = 2, .attr_valid = 60, .entry_valid = 60, .attr = attributes(2)};
    if (strcmp(body, "file") == 0) answer(in, 0, &out, sizeof out);
    else answer(in, -ENOENT, NULL, 0);
    return;
  }
  case FUSE_GETATTR: {
    struct fuse_attr_out out = {.attr_valid = 60, .attr = attributes(in->nodeid)};
    answer(in, 0, &out, sizeof out);
    return;
  }
  case FUSE_OPEN: {
    struct fuse_open_out out = {0};
    answer(in, 0, &out, sizeof out);
    return;
  }
  case FUSE_READ:
    if (is_never) return;
    if (wakes >= 0 && read(wakes, &wake, 1) < 0) fail("read");
    page[0] = (char)toupper(page[0]);
    answer(in, 0, page, sizeof page);
    return;
  case FUSE_FORGET:
  case FUSE_BATCH_FORGET:
  case FUSE_INTERRUPT:
    return;
  case FUSE_FLUSH:
  case FUSE_RELEASE:
    answer(in, 0, NULL, 0);
    return;
  default:
    answer(in, -ENOSYS, NULL, 0);
  }
}

static void *serve(void *unused) {
  static char request[1 << 17];
  for (;;) {
    ssize_t got = read(device, request, sizeof request);
    /* Unmounted. */
    if (got < 0 && errno == ENODEV) return unused;
    if (got < (ssize_t)sizeof(struct fuse_in_header)) continue;
    serve_one((struct fuse_in_header *)request, request + sizeof(struct fuse_in_header));
  }
}

int main(int argc, char **argv) {
  int is_thread = argc < 2 || strcmp(argv[1], "thread") == 0;
  char folder[] = "/tmp/served-XXXXXX", options[100], path[200];
  pthread_t thread;
  pid_t child = 0;
  int ends[2] = {-1, -1};
  is_never = argc > 1 && strcmp(argv[1], "never") == 0;
  int is_late = is_never || (argc > 1 && strcmp(argv[1], "late") == 0);
  if (is_late && pipe(ends) != 0) fail("pipe");
  wakes = ends[0];
  device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (device < 0 || unshare(CLONE_NEWNS) != 0 || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return 77;
  if (mkdtemp(folder) == NULL) fail("mkdtemp");
  snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=%d,group_id=%d", device, getuid(), getgid());
  if (mount("served", folder, "fuse", MS_NOSUID | MS_NODEV, options) != 0) {
    rmdir(folder);
    return 77;
  }
  if (is_thread) {
    if (pthread_create(&thread, NULL, serve, NULL) != 0) fail("pthread_create");
  } else if ((child = fork()) == 0) {
    if (is_never) alarm(3);
    serve(NULL);
    _exit(0);
  }
  if (is_late || (argc > 1 && strcmp(argv[1], "stranger") == 0)) close(device);
  snprintf(path, sizeof path, "%s/file", folder);
  int file = open(path, O_RDONLY);
  const char *memory = file < 0 ? MAP_FAILED : mmap(NULL, BYTES, PROT_READ, MAP_PRIVATE, file, 0);
  if (memory == MAP_FAILED) fail("mmap");
  if (is_late) {
    /* Nothing is read of it. Then it is served. */
    if (bindtextdomain(NULL, memory) != NULL) fail("bindtextdomain");
    if (bindtextdomain(NULL, memory + 8) != NULL) fail("bindtextdomain");
    if (is_never) {
      umount2(folder, MNT_DETACH);
      rmdir(folder);
      puts("all right");
      return 0;
    }
    if (write(ends[1], "x", 1) != 1) fail("write");
    close(ends[1]);
  }
  char *copy = strdup(memory), *again = strdup(memory);
  int right = strcmp(copy, "Served text") == 0 && strcmp(again, copy) == 0;
  munmap((void *)memory, BYTES);
  close(file);
  if (umount2(folder, MNT_DETACH) != 0) fail("umount2");
  rmdir(folder);
  if (is_thread) pthread_join(thread, NULL);
  else waitpid(child, NULL, 0);
  puts(right ? "all right" : "WRONG");
  return right ? 0 : 1;
}
