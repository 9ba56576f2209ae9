/* Passes pointers that cannot be read to calls that survive it, and strings at the end of a page. */
#include "fixture.h"
#include <errno.h>
#include <sys/mman.h>

int main(void) {
  char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(pages + 4096, 4096, PROT_NONE);
  memcpy(pages + 4096 - 5, "/end", 5);
  memcpy(pages + 100, "/not/there", 11);
  int errors = 0;
  errors += access((char *)1, F_OK) == -1 && errno == EFAULT;
  errors += access((char *)-1L, F_OK) == -1 && errno == EFAULT;
  errors += access(NULL, F_OK) == -1 && errno == EFAULT;
  errors += access(pages + 4096, F_OK) == -1 && errno == EFAULT;
  errors += access(pages + 4096 - 5, F_OK) == -1 && errno == ENOENT;
  errors += access(pages + 100, F_OK) == -1 && errno == ENOENT;
  memset(pages + 4096 - 3, 'x', 3); /* runs into the unreadable page without a NUL */
  errors += access(pages + 4096 - 3, F_OK) == -1 && errno == EFAULT;
  expect("access", 7);
  return errors == 7 ? 0 : 1;
}
