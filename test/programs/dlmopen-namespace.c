/* Loads a library, and with it a second libc, into a namespace of its own. */
#include "fixture.h"
#include <dlfcn.h>

int main(int argc, char **argv) {
  void *library = dlmopen(LM_ID_NEWLM, argc > 1 ? argv[1] : "", RTLD_NOW);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 99;
  }
  int (*greet)(const char *) = (int (*)(const char *))dlsym(library, "greet");
  int result = 0;
  for (int i = 0; i < 7; i++) result += greet("abc");
  expect("greet", 7);
  printf("expect strlen 7 from library\n");
  return result == 7 * (3 + 'G') ? 0 : 1;
}
