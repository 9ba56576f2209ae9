/* Calls that are made by jumps, and calls of functions whose slots the program fills itself: build with -O2 and -fno-plt. */
#include "fixture.h"
#include <ctype.h>
#include <strings.h>
#include <wchar.h>

typedef int function(int);
extern int got_inner(int), got_other(int), got_once(int), got_often(int), got_last(int), got_by_pointer(int);
extern int got_calls_back(function *, int);
extern int got_keeps(int) __attribute__((weak));
extern int got_kept(int) __attribute__((weak));

/* The library calls it back, and it ends in calls of libc. */
static int by_toupper(int c) { return toupper(c); }
static int by_tolower(int c) {
  if (c % 2 == 0) return toupper(c);
  return tolower(c);
}

/* An IFUNC of the program's own. */
static int chosen(int x) {
  __asm__ volatile("" : "+r"(x));
  return x + 3;
}
static function *choose(void) { return chosen; }
int own_choice(int) __attribute__((ifunc("choose")));
/* Its address is that of a stub, which the linker makes for this; for i386 it refuses to, and lld gives it the name. */
#ifdef __i386__
#define CHOOSES own_choice
#elif !defined CHOOSES
static function *volatile chooses;
#define CHOOSES (chooses = own_choice, chooses)
#endif
__attribute__((noinline)) static int by_choice(int x) {
  __asm__ volatile("" : "+r"(x));
  return own_choice(x);
}

/* Beside stubs: the pointer stays in a register, as clang keeps it for many calls. */
#ifdef KEEPS_BESIDE_STUB
__asm__(".globl got_kept\n"
        ".type got_kept, @function\n"
        "got_kept:\n"
#ifdef __x86_64__
        "  push %r14\n"
        "  mov got_once@GOTPCREL(%rip), %r14\n"
        "  call *%r14\n"
        "  mov %eax, %edi\n"
        "  call *%r14\n"
        "  pop %r14\n"
        "  ret\n"
#else
        "  push %ebx\n"
        "  push %esi\n"
        "  call 1f\n"
        "1: pop %ebx\n"
        "  add $_GLOBAL_OFFSET_TABLE_ + (. - 1b), %ebx\n"
        "  mov got_once@GOT(%ebx), %esi\n"
        "  push $1\n"
        "  call *%esi\n"
        "  call *%esi\n"
        "  add $4, %esp\n"
        "  pop %esi\n"
        "  pop %ebx\n"
        "  ret\n"
#endif
        ".size got_kept, . - got_kept\n");
#endif

/* A pointer to wmemcpy, which wcsncpy of libc goes on to. */
typedef wchar_t *copier(wchar_t *, const wchar_t *, size_t);
copier *volatile copies = wmemcpy;
copier *volatile goes_on = wcsncpy;

int main(int argc, char **argv) {
  int count = (int)argument(argc, argv, 1, 10);
  wchar_t to[8];
  long sum = 0;
  sum += got_calls_back(by_toupper, count);
  sum += got_calls_back(by_tolower, count);
  for (int i = 0; i < count; i++) {
    sum += got_once(i) + got_last(i) + got_by_pointer(i);
    sum += own_choice(i) + by_choice(i);
    sum += CHOOSES(i);
    if (got_kept != NULL) sum += got_kept(i);
    if (got_keeps != NULL) sum += got_keeps(i);
    copier *in_register = goes_on;
    sum += *wcsncpy(to, L"abcdefgh", 4) + *goes_on(to, L"stuv", 4);
    __asm__ volatile("" : "+r"(in_register));
    sum += *in_register(to, L"mnop", 4);
    sum += *copies(to, L"xyz", 3);
  }
  sum += got_often(count);
  printf("sum %ld\n", sum);
  return 0;
}
