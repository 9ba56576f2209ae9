/* After the filter any system call but write, exit and sigreturn kills; traced calls go on. */
#include "fixture.h"
#include <ctype.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

int main(void) {
  expect("toupper", 30);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) fail("prctl");
  int sum = 0;
  for (int i = 0; i < 30; i++) sum += toupper('a');
  if (write(1, "strict\n", 7) != 7) sum = 0;
  syscall(SYS_exit, sum == 30 * 'A' ? 4 : 1);
}
