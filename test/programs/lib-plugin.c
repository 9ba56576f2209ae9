/*
 * What programs load at run time. Built with -fno-plt its calls go through pointers that the dynamic linker fills when
 * the library is loaded; some stand in a table in any case. Its constructor may make calls, or load a library itself.
 */
#define __NO_CTYPE 1
#include <ctype.h>
#include <dlfcn.h>
#include <stdlib.h>

static int (*const volatile table[])(int) = {isalpha, isalpha};

/* One call of toupper and one of isalpha each. */
int plugin_run(int rounds) {
  int sum = 0;
  for (int i = 0; i < rounds; i++) sum += toupper('a' + i % 26) + (table[i & 1]('1') != 0);
  return sum;
}

#ifdef CONSTRUCTOR
__attribute__((constructor)) static void begin(void) {
  const char *other = getenv("PLUGIN_LOADS");
  void *library = other == NULL ? NULL : dlopen(other, RTLD_NOW);
  if (library != NULL) ((int (*)(int))dlsym(library, "plugin_run"))(2);
  for (int i = 0; i < 3; i++) (void)tolower('A' + i);
}
#endif
