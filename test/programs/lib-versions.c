/* A library of which there are two builds: in each, every function is somewhere else. */
#define __NO_CTYPE 1
#include <ctype.h>

#ifdef SECOND_VERSION
__attribute__((noinline)) int step_filler(int x) {
  int sum = 0;
  for (int i = 0; i < x % 7; i++) sum += toupper(x + i) * (i ^ x);
  return sum * 31 + x % 13;
}
__attribute__((noinline)) int step_third(int x) { return step_filler(x) + 3; }
__attribute__((noinline)) int step_second(int x) { return toupper(x % 128) * 5 - step_third(x); }
int step_first(int x) { return step_second(x) ^ 77; }
#else
int step_first(int x) { return toupper(x % 128) + 1; }
__attribute__((noinline)) int step_second(int x) { return step_first(x + 1) * 3 + toupper(x % 100); }
__attribute__((noinline)) int step_third(int x) { return step_second(x) - step_first(x); }
#endif
