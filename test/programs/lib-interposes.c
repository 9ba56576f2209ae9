/* For LD_PRELOAD: puts itself between the program and the C library. */
#define _GNU_SOURCE
#include <dlfcn.h>

int toupper(int c) {
  static int (*next)(int);
  if (next == 0) next = (int (*)(int))dlsym(RTLD_NEXT, "toupper");
  return next(c);
}
