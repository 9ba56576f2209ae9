/* Gives the dynamic linker's list every shape that it must not have, each time with a call before and after. */
#include "fixture.h"
#include <ctype.h>
#include <link.h>
#include <sys/mman.h>

static struct r_debug *debug;
static struct link_map *honest;
static long calls;

static void announce(const char *what, struct link_map *list) {
  debug->r_map = list;
  toupper('a');
  ((void (*)(void))debug->r_brk)();
  toupper('b');
  calls += 2;
  debug->r_map = honest;
  ((void (*)(void))debug->r_brk)();
  printf("%s\n", what);
}

int main(int argc, char **argv) {
  for (ElfW(Dyn) *entry = _DYNAMIC; entry->d_tag != DT_NULL; entry++) {
    if (entry->d_tag == DT_DEBUG) debug = (struct r_debug *)entry->d_un.d_ptr;
  }
  honest = debug->r_map;
  long many = argument(argc, argv, 1, 30000);
  struct link_map *chain = calloc(many, sizeof *chain);

  announce("empty", NULL);
  announce("wild", (struct link_map *)0x123456789000);
  announce("odd", (struct link_map *)((char *)honest + 3));

  for (long i = 0; i < many; i++) {
    chain[i].l_addr = i * 4096 + 5;
    chain[i].l_name = i % 3 == 0 ? (char *)i : i % 3 == 1 ? "not/a file\n" : "/dev/zero";
    chain[i].l_ld = (ElfW(Dyn) *)(i * 8);
    chain[i].l_next = i + 1 < many ? &chain[i + 1] : NULL;
  }
  announce("long", chain);
  chain[2].l_next = chain;
  announce("loop", chain);
  chain->l_next = chain;
  announce("itself", chain);
  // A name without an end, at the end of memory.
  char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(page, '/', 8192);
  munmap(page + 4096, 4096);
  chain->l_name = page;
  chain->l_ld = (ElfW(Dyn) *)page;
  announce("endless name", chain);

  expect("toupper", calls);
  return 7;
}
