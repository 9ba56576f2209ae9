/* A library that calls its own exported functions: by a stub, or with -fno-plt through the slots of its GOT. */
#include <stddef.h>

typedef int function(int);

__attribute__((noinline)) int got_inner(int x) {
  __asm__ volatile("" : "+r"(x));
  return x + 1;
}

__attribute__((noinline)) int got_other(int x) {
  __asm__ volatile("" : "+r"(x));
  return x + 2;
}

/* One call, and what follows it. */
int got_once(int x) { return 2 * got_inner(x); }

/* A loop: the compiler may keep the pointer in a register. */
int got_often(int count) {
  int sum = 0;
  for (int i = 0; i < count; i++) sum += got_inner(i) + got_other(i);
  return sum;
}

/* The last thing that it does. */
int got_last(int x) { return got_inner(x); }

/* Through pointers that crossed no border: nothing to show. */
static function *volatile kept = got_other;
int got_by_pointer(int x) { return kept(x) + 1; }

/* A callback of the program's. */
int got_calls_back(function *callback, int count) {
  int sum = 0;
  for (int i = 0; i < count; i++) sum += callback('a' + i % 26);
  return sum;
}

/* The pointer stays in a register, as a compiler keeps it for a loop. */
#if defined(KEEPS_POINTER) && defined(__x86_64__)
__asm__(".globl got_keeps\n"
        ".type got_keeps, @function\n"
        "got_keeps:\n"
        "  push %rbx\n"
        "  mov got_inner@GOTPCREL(%rip), %rbx\n"
        "  call *%rbx\n"
        "  mov %eax, %edi\n"
        "  call *%rbx\n"
        "  pop %rbx\n"
        "  ret\n"
        ".size got_keeps, . - got_keeps\n");
#endif
