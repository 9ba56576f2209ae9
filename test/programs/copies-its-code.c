/*
 * Copies functions of its own, with the breakpoints that may be in them, and calls the copies. The first argument says
 * where to: "pages" (mapped for it; the default), "stack" or "memfd". With a second argument it says "ready" and waits for
 * a line before it copies, and says "copied" and waits for another before it calls.
 */
#define _GNU_SOURCE
#include "fixture.h"
#include <sys/mman.h>

#define BYTES 128

/* Without a call, so that a copy does the same anywhere. */
__attribute__((noinline, noclone, aligned(64))) long mix(long a, long b) {
  for (int i = 0; i < 7; i++) a = (a ^ (b << 3)) + 0x1234567 * i;
  return a;
}

__attribute__((noinline, noclone, aligned(64))) long fold(long a, long b) {
  long folded = 0x7654321;
  while (b > 0) folded = folded * 31 + (a >> (b-- & 15));
  return folded;
}

typedef long (*function)(long, long);

static void *room(const char *where, char *stack) {
  if (strcmp(where, "stack") == 0) {
    unsigned long page = (unsigned long)stack & ~4095ul;
    unsigned long end = ((unsigned long)stack + 2 * BYTES + 4095) & ~4095ul;
    if (mprotect((void *)page, end - page, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) fail("mprotect");
    return stack;
  }
  int fd = strcmp(where, "memfd") == 0 ? memfd_create("code", 0) : -1;
  if (fd >= 0 && ftruncate(fd, 4096) != 0) fail("ftruncate");
  void *pages = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                     fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, fd, 0);
  if (pages == MAP_FAILED) fail("mmap");
  return pages;
}

static void wait(int waits, const char *after) {
  if (!waits) return;
  puts(after);
  fflush(stdout);
  getchar();
}

int main(int argc, char **argv) {
  char stack[2 * BYTES];
  char *copies = room(argc > 1 ? argv[1] : "pages", stack);
  long expected = mix(3, 4) + fold(5, 6);
  wait(argc > 2, "ready");
  memcpy(copies, (void *)mix, BYTES);
  memcpy(copies + BYTES, (void *)fold, BYTES);
  wait(argc > 2, "copied");
  long found = 0;
  for (int i = 0; i < 3; i++) found = ((function)copies)(3, 4) + ((function)(copies + BYTES))(5, 6);
  puts(found == expected ? "right" : "wrong");
  return 0;
}
