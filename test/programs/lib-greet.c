/* A library with a SONAME of its own that calls libc and calls back. */
/* A call of toupper, not the inline function of <ctype.h>. */
#define __NO_CTYPE 1
#include <ctype.h>
#include <string.h>

int greet(const char *name) { return (int)strlen(name) + toupper('g'); }

int greet_many(const char *name, int times) {
  int sum = 0;
  for (int i = 0; i < times; i++) sum += (int)strlen(name + i % 2);
  return sum;
}

/* Calls `callback`; what it throws or jumps over passes through here. */
int call_back(int (*callback)(int), int argument) { return callback(argument) + 1; }
