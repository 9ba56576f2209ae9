/* Opens, calls and closes a library again and again, at a new address each time. */
#include "fixture.h"
#include <dlfcn.h>
#include <sys/mman.h>

int main(int argc, char **argv) {
  long rounds = argument(argc, argv, 2, 20);
  void *last = NULL;
  int moved = 0;
  for (long i = 0; i < rounds; i++) {
    void *library = dlopen(argv[1], RTLD_NOW);
    if (library == NULL) return 99;
    int (*greet)(const char *) = (int (*)(const char *))dlsym(library, "greet");
    if (greet("world") != 5 + 'G') return 1;
    if ((void *)greet != last) moved++;
    last = (void *)greet;
    dlclose(library);
    /* Take the place that the library had, so that the next round finds another. */
    mmap((void *)((unsigned long)last & ~0xffful), 4096, PROT_NONE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  }
  expect("greet", rounds);
  printf("expect strlen %ld from library\nmoved %d times\n", rounds, moved);
  return 0;
}
