/*
 * Machine code that was made at run time ends in a jump to a function, as a JIT's last call does. It is called twice
 * argv[1] times, by registers that keep its address, and is what qsort of libc compares with.
 */
#include "fixture.h"
#include <ctype.h>
#include <stdint.h>
#include <sys/mman.h>

typedef int function(int);
typedef int comparison(const void *, const void *);

/* mov $callee, %rax; jmp *%rax */
static void *jumper_to(unsigned char *at, uintptr_t callee) {
  unsigned char *next = at;
#ifdef __x86_64__
  *next++ = 0x48;
#endif
  *next++ = 0xb8;
  memcpy(next, &callee, sizeof callee);
  memcpy(next + sizeof callee, "\xff\xe0", 2);
  return at;
}

static int by_register(void *code, int x) {
#ifdef __x86_64__
  int result;
  /* The compiler does not know of the calls: what lies below the stack pointer may be its own. */
  __asm__ volatile("sub $128, %%rsp\n"
                   "mov %3, %%r12\n"
                   "call *%%r12\n"
                   "mov %3, %%rbx\n"
                   "mov %2, %%edi\n"
                   "call *%%rbx\n"
                   "add $128, %%rsp"
                   : "=&a"(result), "+D"(x)
                   : "r"(x), "r"((uintptr_t)code)
                   : "rbx", "r12", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory", "cc");
  return result;
#else
  int sum = 0;
  for (int i = 0; i < 2; i++) {
    int result;
    __asm__ volatile("push %1\n call *%2\n add $4, %%esp"
                     : "=&a"(result)
                     : "r"(x), "S"(code)
                     : "ecx", "edx", "memory", "cc");
    sum = result;
  }
  return sum;
#endif
}

int main(int argc, char **argv) {
  int count = (int)argument(argc, argv, 1, 10);
  unsigned char *pages = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) fail("mmap");
  void *code = jumper_to(pages, (uintptr_t)toupper);
  comparison *compare = (comparison *)(uintptr_t)jumper_to(pages + 64, (uintptr_t)strcoll);
  long sum = 0;
  for (int i = 0; i < count; i++) sum += by_register(code, 'a' + i % 26);
  char words[4][8] = { "four", "two", "one", "three" };
  qsort(words, 4, sizeof *words, compare);
  printf("sum %ld, first %s\n", sum, words[0]);
  return 0;
}
