/* Changes the protection of its own code pages back and forth, and maps and unmaps around them. */
#include "fixture.h"
#include <ctype.h>
#include <sys/mman.h>

int main(void) {
  unsigned long page = (unsigned long)&main & ~0xffful;
  int sum = 0;
  for (int i = 0; i < 50; i++) {
    mprotect((void *)page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
    sum += toupper('a');
    mprotect((void *)page, 4096, PROT_READ | PROT_EXEC);
    sum += toupper('a');
    void *block = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(block, 1 << 20);
  }
  expect("toupper", 100);
  return sum == 100 * 'A' ? 0 : 1;
}
