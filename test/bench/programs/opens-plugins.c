/* Loads N copies of lib-greet from a folder by dlopen, as plugins, and calls the function that dlsym finds in each. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  long count = atol(argv[2]), sum = 0;
  for (long i = 0; i < count; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/libcopy%ld.so", argv[1], i);
    void *plugin = dlopen(path, RTLD_NOW);
    if (plugin == NULL) return fprintf(stderr, "%s\n", dlerror()), 1;
    int (*greet)(const char *);
    *(void **)&greet = dlsym(plugin, "greet");
    sum += greet("plugin");
  }
  printf("%ld\n", sum);
  return 0;
}
