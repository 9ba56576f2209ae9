/*
 * A library whose code the dynamic linker changes when it loads it (-z notext), as old libraries without
 * position-independent code have it: the first instruction of a function holds an address.
 */
#define __NO_CTYPE 1
#include <ctype.h>

int plugin_state = 40;

#ifdef __x86_64__
/* plugin_run(rounds): rounds calls of toupper, and plugin_state once; no more is needed to go wrong. */
__asm__(
  ".text\n"
  ".globl plugin_state_now\n"
  ".type plugin_state_now, @function\n"
  "plugin_state_now:\n"
  "  movabsq $plugin_state, %rax\n"
  "  movl (%rax), %eax\n"
  "  ret\n"
  ".size plugin_state_now, .-plugin_state_now\n"
  ".globl plugin_upper\n"
  ".type plugin_upper, @function\n"
  "plugin_upper:\n"
  "  movabsq $toupper, %rax\n"
  "  subq $8, %rsp\n"
  "  call *%rax\n"
  "  addq $8, %rsp\n"
  "  ret\n"
  ".size plugin_upper, .-plugin_upper\n");
int plugin_state_now(void);
int plugin_upper(int character);
#else
int plugin_state_now(void) { return plugin_state; }
int plugin_upper(int character) { return toupper(character); }
#endif

int plugin_run(int rounds) {
  int sum = 0;
  for (int i = 0; i < rounds; i++) sum += plugin_upper('a' + i % 26) + (plugin_state_now() == 40);
  return sum;
}
