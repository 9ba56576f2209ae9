/* Traps with an address in rdi and a length in rsi, for a tracer that reads from there. */
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

static void show(void *address, long bytes) {
  register void *rdi __asm__("rdi") = address;
  register long rsi __asm__("rsi") = bytes;
  __asm__ volatile("int3" : : "r"(rdi), "r"(rsi) : "memory");
}

int main(void) {
  char *pages = mmap(0, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(pages, 1, 3 * 4096);
  mprotect(pages + 2 * 4096, 4096, PROT_NONE);
  show(pages, 100);                 /* all */
  show(pages + 4096, 4096 + 50);    /* up to the unreadable page */
  show(pages + 4090, 20000);        /* across a page, then up to it */
  show(pages + 2 * 4096 + 5, 10);   /* nothing */
  show((void *)8, 10);              /* nothing */
  char *large = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(large, 2, 1 << 20);
  show(large + 1, (1 << 20) - 1);
  prctl(PR_SET_DUMPABLE, 0);        /* now only its tracer may read */
  show(pages, 100);
  return 9;
}
