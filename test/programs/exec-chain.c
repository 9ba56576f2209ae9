/* Execs itself N times (first argument, 10), with failed attempts in between. */
#include "fixture.h"
#include <ctype.h>

int main(int argc, char **argv) {
  long left = argument(argc, argv, 1, 10);
  long total = argument(argc, argv, 2, left);
  toupper('a');
  if (left == 0) {
    expect("toupper", total + 1);
    return 5;
  }
  execl("/nonexistent/program", "program", (char *)NULL);
  char next[24], all[24];
  snprintf(next, sizeof next, "%ld", left - 1);
  snprintf(all, sizeof all, "%ld", total);
  execl("/proc/self/exe", argv[0], next, all, (char *)NULL);
  return 98;
}
