/* What the fixtures share: they say on standard output what a tracer must have seen. */
#ifndef FIXTURE_H
#define FIXTURE_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
/* Without it glibc's <ctype.h> inlines toupper, and there is no call to see. */
#define __NO_CTYPE 1
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "expect toupper 20000": that many calls of the function, by this process, from this program. */
static inline void expect(const char *function, long count) {
  printf("expect %s %ld\n", function, count);
  fflush(stdout);
}

static inline long argument(int argc, char **argv, int index, long otherwise) {
  return argc > index ? strtol(argv[index], NULL, 0) : otherwise;
}

static inline void fail(const char *what) {
  perror(what);
  exit(99);
}
#endif
