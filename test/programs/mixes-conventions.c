/*
 * System calls by the convention of the other word size, whose numbers mean something else there: `int $0x80` in 64-bit
 * code, `syscall` in a 32-bit program. argv[1] `clone`: children are begun so that share the memory.
 */
#include "fixture.h"
#include <ctype.h>
#include <sys/mman.h>
#include <sys/wait.h>

static const char text[] = "written by the other convention\n";

#ifdef __i386__

/* 39 is getpid, and mkdir for i386. Goes over to 64-bit code, and back. */
static long other_getpid(void) {
  long result;
  __asm__ volatile(
      "movl $2f, %%edx\n"
      "ljmp $0x33, $1f\n"
      ".code64\n"
      "1: movl $39, %%eax\n"
      "syscall\n"
      "pushq $0x23\n"
      "pushq %%rdx\n"
      "lretq\n"
      ".code32\n"
      "2:"
      : "=a"(result)
      :
      : "ecx", "edx", "memory", "cc");
  return result;
}

int main(void) {
  int right = other_getpid() == getpid();
  right &= other_getpid() == getpid();
  printf("right %d %s", right, text);
  return right ? 0 : 1;
}

#else

static long int80(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(number), "b"(a), "c"(b), "d"(c)
                   : "memory", "r8", "r9", "r10", "r11");
  return result;
}

static void *page_at(unsigned long at) {
  void *page = mmap((void *)at, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (page == MAP_FAILED) fail("mmap");
  return page;
}

/* At one and the same address, one after the other. */
static int by_written_code(void) {
  unsigned char *code = page_at(0x20000000);
  static const unsigned char old[] = {0xb8, 64, 0, 0, 0, 0xcd, 0x80, 0xc3}; /* getppid; semget for x86-64 */
  static const unsigned char own[] = {0xb8, 110, 0, 0, 0, 0x0f, 0x05, 0xc3}; /* getppid; iopl for i386 */
  int right = 1;
  for (int i = 0; i < 2; i++) {
    memcpy(code, old, sizeof old);
    right &= ((int (*)(void))code)() == getppid();
    memcpy(code, own, sizeof own);
    right &= ((int (*)(void))code)() == getppid();
  }
  return right;
}

/* clone with CLONE_VM and SIGCHLD; 120 is getresgid for x86-64. The child has a stack of its own, and ends at once. */
static void begin_child(void) {
  static char *stack;
  if (stack == NULL) stack = page_at(0x30000000);
  long child;
  __asm__ volatile("int $0x80\n"
                   "test %%eax, %%eax\n"
                   "jnz 1f\n"
                   "mov $1, %%eax\n" /* exit */
                   "xor %%ebx, %%ebx\n"
                   "int $0x80\n"
                   "1:"
                   : "=a"(child)
                   : "a"(120L), "b"(0x100L | 17L), "c"((long)stack + 4096), "d"(0L), "S"(0L), "D"(0L)
                   : "memory", "cc", "r8", "r9", "r10", "r11");
  int status;
  if (child < 0 || waitpid((pid_t)child, &status, 0) != (pid_t)child) fail("clone");
}

int main(int argc, char **argv) {
  if (argc > 1) {
    for (int i = 0; i < 5; i++) {
      begin_child();
      toupper('p');
    }
    expect("toupper", 5);
    return 0;
  }
  char *low = page_at(0x10000000);
  strcpy(low, text);
  int right = int80(20, 0, 0, 0) == getpid();                                    /* getpid; writev for x86-64 */
  right &= int80(4, 1, (long)low, sizeof text - 1) == (long)(sizeof text - 1); /* write; stat for x86-64 */
  right &= by_written_code();
  return right ? 0 : 1;
}

#endif
