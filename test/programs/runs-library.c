/*
 * Loads the library that is the first argument, and says how that went: for libraries that may be damaged. Tells the
 * results of what it calls there, three times over.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IONBF, 0);
  void *library = dlopen(argc > 1 ? argv[1] : "", RTLD_NOW);
  if (library == NULL) {
    /* Some of the linker's messages hold bytes of the file. */
    printf("not loaded: %.200s\n", dlerror());
    return 9;
  }
  int (*run)(int) = (int (*)(int))dlsym(library, "plugin_run");
  if (run == NULL) {
    puts("no such function");
    return 8;
  }
  for (int i = 1; i <= 3; i++) printf("%d\n", run(10 * i));
  printf("closed %d\n", dlclose(library));
  return 0;
}
