/* Asks to be traced by its parent, as debuggers' children and copy protections do. */
#include "fixture.h"
#include <ctype.h>
#include <errno.h>
#include <sys/ptrace.h>

int main(void) {
  toupper('a');
  long result = ptrace(PTRACE_TRACEME, 0, NULL, NULL);
  printf("PTRACE_TRACEME %s\n", result == 0 ? "allowed" : strerror(errno));
  toupper('b');
  expect("toupper", 2);
  return 0;
}
