/*
 * Loads the library named by the first argument, and for each line of input makes that many calls of each of its
 * functions. Whatever happens to the file meanwhile: the results are those of the beginning.
 */
#include "fixture.h"
#include <dlfcn.h>

#define FUNCTIONS 3
static const char *const names[FUNCTIONS] = {"step_first", "step_second", "step_third"};

int main(int argc, char **argv) {
  void *library = dlopen(argc > 1 ? argv[1] : "", RTLD_NOW);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 99;
  }
  int (*step[FUNCTIONS])(int);
  int right[FUNCTIONS][64];
  for (int i = 0; i < FUNCTIONS; i++) {
    step[i] = (int (*)(int))dlsym(library, names[i]);
    for (int x = 0; x < 64; x++) right[i][x] = step[i](x);
  }
  printf("ready\n");
  fflush(stdout);
  char line[64];
  long wrong = 0;
  while (fgets(line, sizeof line, stdin) != NULL) {
    long rounds = atol(line);
    for (long round = 0; round < rounds; round++)
      for (int i = 0; i < FUNCTIONS; i++) wrong += step[i](round % 64) != right[i][round % 64];
    printf("made %ld\n", rounds);
    fflush(stdout);
  }
  printf("wrong %ld\n", wrong);
  return wrong != 0;
}
