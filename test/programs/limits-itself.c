/*
 * Takes away from itself what memory it does not have yet, then calls toupper once for each byte that comes on standard
 * input. argv[1]: address-space or locked-memory; argv[2]: so many bytes are waited for.
 */
#include "fixture.h"
#include <ctype.h>
#include <sys/mman.h>
#include <sys/resource.h>

static void limit(int resource, rlim_t most) {
  struct rlimit limits = {most, most};
  if (setrlimit(resource, &limits) != 0) fail("setrlimit");
}

static rlim_t address_space(void) {
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%ld", &pages) != 1) fail("statm");
  fclose(file);
  return (rlim_t)(pages * sysconf(_SC_PAGESIZE));
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "address-space";
  int sum = 0, calls = 0;
  long rounds = argument(argc, argv, 2, 1);
  char c;
  expect("toupper", rounds);
  if (strcmp(what, "address-space") == 0) limit(RLIMIT_AS, address_space());
  if (strcmp(what, "locked-memory") == 0) {
    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) fail("mlockall");
    limit(RLIMIT_MEMLOCK, 1 << 16);
  }
  if (write(1, "locked in\n", 10) != 10) return 99;
  while (calls < rounds && read(0, &c, 1) == 1) {
    sum += toupper('a');
    calls++;
    if (write(1, "round\n", 6) != 6) return 99;
  }
  puts(sum == calls * 'A' ? "all right" : "WRONG");
  return sum != calls * 'A';
}
