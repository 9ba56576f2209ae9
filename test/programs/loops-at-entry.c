/*
 * Calls functions whose first instruction is the head of a loop, N times (first argument, 20) each. One is also reached
 * by a jump from another, and one is known by its address only: its symbol has no size.
 */
#include "fixture.h"

struct link {
  struct link *next;
};

long countDown(long from);
long countSilently(long from);
long jumpsOn(long from);

#ifdef __x86_64__
#define STEP "decq %rdi\n"
#else
#define STEP "decl 4(%esp)\n"
#endif

__asm__(".globl countDown, countSilently, jumpsOn\n"
        ".type countDown, @function\n"
        ".type countSilently, @function\n"
        ".type jumpsOn, @function\n"
        "countDown: " STEP "jz 1f\n jmp countDown\n"
        "1: ret\n"
        ".size countDown, .-countDown\n"
        "countSilently: " STEP "jnz countSilently\n ret\n"
        "jumpsOn: nop\n jmp countDown\n"
        ".size jumpsOn, .-jumpsOn\n");

__attribute__((noinline, noipa)) void walk(struct link *at) {
  while (at) at = at->next;
}

int main(int argc, char **argv) {
  long count = argument(argc, argv, 1, 20);
  struct link links[30] = {{NULL}};
  for (int i = 1; i < 30; i++) links[i].next = &links[i - 1];
  for (long i = 0; i < count; i++) {
    walk(&links[29]);
    countDown(50);
    countSilently(50);
    jumpsOn(50);
  }
  expect("walk", count);
  expect("countDown", 2 * count);
  expect("countSilently", count);
  expect("jumpsOn", count);
  return 0;
}
