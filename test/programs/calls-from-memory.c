/*
 * Machine code that was made at run time, as a JIT makes it, calls functions: from anonymous memory, the heap, a memfd
 * and a file that was mapped by hand. argv[1]: calls from each. A function that is asked for with dlsym, one that stands
 * in a table, and one of the program's own.
 */
#include "fixture.h"
#include <ctype.h>
#include <dlfcn.h>
#include <stdint.h>
#include <sys/mman.h>

typedef int function(int);

/* int stub(int x) { return callee(x); } and again for each place: the return address lies in the copy. */
static size_t write_stub(unsigned char *at, function *callee) {
#ifdef __x86_64__
  static const unsigned char head[] = { 0x48, 0x83, 0xec, 0x08, 0x48, 0xb8 };
  static const unsigned char tail[] = { 0xff, 0xd0, 0x48, 0x83, 0xc4, 0x08, 0xc3 };
#else
  static const unsigned char head[] = { 0xff, 0x74, 0x24, 0x04, 0xb8 };
  static const unsigned char tail[] = { 0xff, 0xd0, 0x83, 0xc4, 0x04, 0xc3 };
#endif
  uintptr_t target = (uintptr_t)callee;
  memcpy(at, head, sizeof head);
  memcpy(at + sizeof head, &target, sizeof target);
  memcpy(at + sizeof head + sizeof target, tail, sizeof tail);
  return sizeof head + sizeof target + sizeof tail;
}

static void *pages_of(int fd, int flags) {
  void *pages = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, flags, fd, 0);
  if (pages == MAP_FAILED) fail("mmap");
  return pages;
}

static void *pages_of_heap(void) {
  char *block = malloc(3 * 4096);
  void *page = (void *)(((uintptr_t)block + 4095) & ~(uintptr_t)4095);
  if (mprotect(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) fail("mprotect");
  return page;
}

static void *pages_of_memfd(void) {
  int fd = memfd_create("code-cache", 0);
  if (fd < 0 || ftruncate(fd, 4096) != 0) fail("memfd");
  return pages_of(fd, MAP_SHARED);
}

static void *pages_of_file(void) {
  char path[] = "/tmp/mapped-code-XXXXXX";
  int fd = mkstemp(path);
  if (fd < 0 || ftruncate(fd, 4096) != 0) fail("mkstemp");
  void *pages = pages_of(fd, MAP_PRIVATE);
  unlink(path);
  return pages;
}

static long call_from(void *pages, function *callee, long count) {
  write_stub(pages, callee);
  function *stub = (function *)(uintptr_t)pages;
  long sum = 0;
  for (long i = 0; i < count; i++) sum += stub('a' + (int)(i % 26));
  return sum;
}

/* The linker puts its address here: a pointer that is not asked for by name. */
function *const table[] = { tolower };

__attribute__((noinline)) int own_function(int x) { return x + 1; }

int main(int argc, char **argv) {
  long count = argument(argc, argv, 1, 300);
  function *by_name = (function *)(uintptr_t)dlsym(RTLD_DEFAULT, "toupper");
  if (by_name == NULL) fail("dlsym");
  long sum = call_from(pages_of(-1, MAP_PRIVATE | MAP_ANONYMOUS), by_name, count);
  sum += call_from(pages_of_heap(), by_name, count);
  sum += call_from(pages_of_memfd(), by_name, count);
  sum += call_from(pages_of_file(), by_name, count);
  sum += call_from(pages_of(-1, MAP_SHARED | MAP_ANONYMOUS), table[0], count);
  sum += call_from(pages_of(-1, MAP_PRIVATE | MAP_ANONYMOUS), own_function, count);
  for (long i = 0; i < count; i++) sum += by_name('a');
  expect("toupper", 5 * count);
  expect("tolower", count);
  expect("own_function", count);
  printf("sum %ld\n", sum);
  return 0;
}
