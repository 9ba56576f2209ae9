/* Calls functions of libc and libm that Debian's ltrace.conf does not describe. */
#define _GNU_SOURCE
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <time.h>
#include <wchar.h>

int main(void) {
  volatile double sum = strtol("42 is it", NULL, 10) + strtod("1.5", NULL) + strtoull("0x10", NULL, 0);
  sum += strverscmp("file9", "file10") + ffs(8) + mblen("x", 1);
  div_t parts = div(17, 5);
  ldiv_t long_parts = ldiv(-17, 5);
  lldiv_t longest_parts = lldiv(17, -5);
  sum += parts.quot + (double)long_parts.rem + (double)longest_parts.quot;
  srand(7);
  sum += rand() + drand48() + ldexp(0.5, 3) + hypot(3, 4);
  sum += wcstol(L"12", NULL, 10) + difftime(20, 5) + ftok("/", 3);
  struct timespec pause = {0, 1000};
  nanosleep(&pause, NULL);
  return sum == 0;
}
