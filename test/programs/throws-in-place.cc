// Makes calls that never return, while the thread comes to the instruction behind them all the same: N rounds (first
// argument, 10) of exceptions that are caught right there, of longjmp() out of a function that ends with the call, and of
// longjmp() out of lfind() and qsort(), to where these would return to.
#include "fixture.h"
#include <csetjmp>
#include <search.h>

static volatile int cleaned;
static jmp_buf back;

struct Cleaner {
  ~Cleaner() { cleaned = cleaned + 1; }
};

extern "C" {
[[noreturn]] __attribute__((noinline)) void fails(int with) { throw with; }

__attribute__((noinline)) int may_fail(int with) {
  if (with % 2 == 1) throw with;
  return 42;
}

__attribute__((noinline)) void leaps() { longjmp(back, 1); }
__attribute__((noinline)) int comes_next() { return 7; }
}

#ifdef __x86_64__
// The call is the last instruction of jumps_away; the stack is as deep at the beginning of comes_behind.
asm(R"(
  .text
  .type jumps_away, @function
jumps_away:
  .cfi_startproc
  sub $8, %rsp
  .cfi_adjust_cfa_offset 8
  call leaps
  .cfi_endproc
  .size jumps_away, . - jumps_away
  .type comes_behind, @function
comes_behind:
  .cfi_startproc
  jmp comes_next
  .cfi_endproc
  .size comes_behind, . - comes_behind
  .type calls_next, @function
calls_next:
  .cfi_startproc
  call comes_behind
  ret
  .cfi_endproc
  .size calls_next, . - calls_next
)");
extern "C" void jumps_away();
extern "C" int calls_next();
#else
static void jumps_away() { leaps(); }
static int calls_next() { return comes_next(); }
#endif

__attribute__((noinline)) static int caught_behind(int with) {
  try {
    throw with;
  } catch (int) {
    return 1;
  }
}

__attribute__((noinline)) static int thrown_again(int with) {
  try {
    try {
      Cleaner cleaner;
      fails(with);
    } catch (int) {
      throw;
    }
  } catch (...) {
    return 1;
  }
}

// What follows the call is reached from the handler, by a jump.
__attribute__((noinline)) static int goes_on(int with) {
  int caught = 0;
  try {
    if (with >= 0) fails(with);
    caught = -1;
  } catch (int) {
    caught++;
  }
  return caught;
}

__attribute__((noinline)) static int tries(int with) {
  try {
    return may_fail(with) == 42 ? 0 : -1;
  } catch (int) {
    return 1;
  }
}

__attribute__((noinline)) static int leaps_out() {
  if (setjmp(back) == 0) jumps_away();
  return calls_next();
}

static int compare(const void *one, const void *other) {
  int a = *static_cast<const int *>(one), b = *static_cast<const int *>(other);
  if (a < 0 || b < 0) longjmp(back, 1);
  return a - b;
}

// Not optimised, the compiler jumps behind the calls when setjmp() returns once more.
static void leaps_behind() {
  int values[2] = {-1, 1};
  size_t count = 2;
  if (!setjmp(back)) lfind(values, values, &count, sizeof *values, compare);
  if (!setjmp(back)) qsort(values, 2, sizeof *values, compare);
}

static int finds() {
  int values[2] = {1, 2};
  size_t count = 2;
  return lfind(values + 1, values, &count, sizeof *values, compare) == values + 1;
}

int main(int argc, char **argv) {
  int rounds = (int)argument(argc, argv, 1, 10);
  int caught = 0, sevens = 0;
  for (int i = 0; i < rounds; i++) {
    caught += caught_behind(i) + thrown_again(i) + goes_on(i) + tries(i);
    leaps_behind();
    sevens += leaps_out() == 7 && finds();
  }
  expect("fails", 2L * rounds);
  expect("may_fail", rounds);
  expect("leaps", rounds);
  printf("caught %d cleaned %d\n", caught, (int)cleaned);
  return caught == 3 * rounds + rounds / 2 && sevens == rounds ? 0 : 1;
}
