/* Nobody but the library calls its IFUNC, again and again; the other one and two of libc are called from here. */
#include "fixture.h"
#include <sys/time.h>
#include <time.h>

int by_other_table(int), adds_by_table(int);

int main(int argc, char **argv) {
  int count = (int)argument(argc, argv, 1, 12);
  int sum = adds_by_table(count) + adds_by_table(count);
  struct timeval now;
  long seconds = 0;
  for (int i = 0; i < count; i++) {
    sum += by_other_table(i);
    gettimeofday(&now, NULL);
    seconds += time(NULL) - now.tv_sec;
  }
  printf("sum %d\n", sum);
  expect("by_table", 2 * count);
  expect("by_other_table", count);
  expect("gettimeofday", count);
  expect("time", count);
  return seconds > count;
}
