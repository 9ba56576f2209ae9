/*
 * loads-plugins HOW ROUNDS LIBRARY...: loads each of the libraries so many times, one after the other, and has it make
 * calls. HOW is `now`, `lazy`, or `apart` for namespaces of their own.
 */
#include "fixture.h"
#include <dlfcn.h>

#define CALLS 10

static void *load(const char *how, const char *path) {
  if (strcmp(how, "apart") == 0) return dlmopen(LM_ID_NEWLM, path, RTLD_NOW);
  return dlopen(path, strcmp(how, "lazy") == 0 ? RTLD_LAZY : RTLD_NOW);
}

int main(int argc, char **argv) {
  long rounds = argument(argc, argv, 2, 1);
  long wrong = 0;
  long runs = 0;
  for (long round = 0; round < rounds; round++)
    for (int i = 3; i < argc; i++) {
      void *library = load(argv[1], argv[i]);
      if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 99;
      }
      int (*run)(int) = (int (*)(int))dlsym(library, "plugin_run");
      int right = 0;
      for (int k = 0; k < CALLS; k++) right += 'A' + k + 1;
      /* Letters are letters, and digits are none: the second kind of library adds 1 each time, the first nothing. */
      int result = run(CALLS);
      wrong += result != right && result != right - CALLS;
      runs++;
      if (dlclose(library) != 0) wrong++;
    }
  printf("runs %ld wrong %ld\n", runs, wrong);
  return wrong != 0;
}
