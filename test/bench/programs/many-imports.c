/*
 * Imports 5,000 functions of lib-many (both are generated from the same list by the compiler) and calls
 * each of them ROUNDS times (first argument).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "many.h"

#define DECLARE(n) int imported_##n(int);
MANY(DECLARE)

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ll + t.tv_nsec;
}

int main(int argc, char **argv) {
  long rounds = argc > 1 ? atol(argv[1]) : 1;
  volatile int sum = 0;
  int64_t start = now();
  for (long i = 0; i < rounds; i++) {
#define CALL(n) sum += imported_##n(n);
    MANY(CALL)
  }
  printf("elapsed_ns %lld\n", (long long)(now() - start));
  return 0;
}
