/* Loads the library named by the first argument after main began and calls it through dlsym. */
#include "fixture.h"
#include <dlfcn.h>

int main(int argc, char **argv) {
  void *library = dlopen(argc > 1 ? argv[1] : "", RTLD_NOW);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 99;
  }
  int (*greet)(const char *) = (int (*)(const char *))dlsym(library, "greet");
  int result = 0;
  for (int i = 0; i < 10; i++) result += greet("world");
  expect("greet", 10);
  printf("expect strlen 10 from library\n");
  return result == 10 * (5 + 'G') ? 0 : 1;
}
