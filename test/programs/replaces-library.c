/*
 * Loads the library named by the first argument, calls it for each line of input, and at the line `replace` puts data in its
 * place, as nobody may but programs do. At the line `look` it looks whether they are still its own.
 */
#include "fixture.h"
#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>

static unsigned long first = 0, end = 0;

static int find(struct dl_phdr_info *info, size_t size, void *name) {
  (void)size;
  if (strstr(info->dlpi_name, name) == NULL) return 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    if (info->dlpi_phdr[i].p_type != PT_LOAD) continue;
    unsigned long at = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
    if (first == 0) first = at & ~4095UL;
    end = (at + info->dlpi_phdr[i].p_memsz + 4095) & ~4095UL;
  }
  return 1;
}

/* Is it that one? */
static int next_line_is(const char *wanted) {
  char line[64];
  if (fgets(line, sizeof line, stdin) == NULL) exit(0);
  return strncmp(line, wanted, strlen(wanted)) == 0;
}

int main(int argc, char **argv) {
  void *library = dlopen(argc > 1 ? argv[1] : "", RTLD_NOW);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 99;
  }
  int (*step)(int) = (int (*)(int))dlsym(library, "step_third");
  for (int i = 0; i < 5; i++) (void)step(i);
  printf("ready\n");
  fflush(stdout);
  while (!next_line_is("replace")) (void)step(1);
  /* A second argument is the byte of the data: a trap's by default, which must not be taken for one. */
  int byte = (int)argument(argc, argv, 2, 0xcc);
  dl_iterate_phdr(find, argv[1]);
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  unsigned char *data = mmap((void *)first, end - first, PROT_READ | PROT_WRITE, flags, -1, 0);
  memset(data, byte, end - first);
  printf("replaced\n");
  fflush(stdout);
  while (!next_line_is("look")) continue;
  long changed = 0;
  for (unsigned long i = 0; i < end - first; i++) changed += data[i] != byte;
  printf("changed %ld\n", changed);
  fflush(stdout);
  /* The library has no code any more that could clean up. */
  _exit(changed != 0);
}
