/*
 * Functions as NASM and much hand-written assembly leave them, without a type, and tables and text among the code, which
 * look the same in the symbol table. Exits with 1 when a table is not what it was.
 */
#include "fixture.h"

#ifdef __i386__
#define ADD(number) "mov 4(%esp), %eax\n add $" #number ", %eax\n ret\n"
#else
#define ADD(number) "lea " #number "(%rdi), %eax\n ret\n"
#endif

__asm__(".text\n"
        ".globl plain_label\n"
        "plain_label:\n" ADD(1)
        "local_label:\n" ADD(2)
        ".globl object_label\n"
        ".type object_label, @object\n"
        "object_label:\n" ADD(3)
        ".globl pointer_label\n"
        "pointer_label:\n" ADD(4)
        ".globl table_label\n"
        "table_label:\n"
        ".long 0x01020304, 0x05060708, 0xc3c3c3c3, 0x11121314\n"
        ".globl text_label\n"
        "text_label:\n"
        ".asciz \"text among code\"\n"
        ".globl end_label\n"
        "end_label:\n" ADD(5));

int plain_label(int), object_label(int), end_label(int);
int pointer_label(int);
extern const unsigned table_label[4];
extern const char text_label[];
#ifdef LIBRARY
int library_label(int);
#endif

static int (*volatile pointer)(int) = pointer_label;

int main(void) {
  int sum = 0;
  for (int i = 0; i < 5; i++) {
    sum += plain_label(i) + object_label(i) + end_label(i) + pointer(i);
    int local;
#ifdef __i386__
    __asm__ volatile("push %1\n call local_label\n add $4, %%esp" : "=a"(local) : "r"(i) : "ecx", "edx");
#else
    __asm__ volatile("sub $128, %%rsp\n call local_label\n add $128, %%rsp" : "=a"(local) : "D"(i));
#endif
    sum += local;
#ifdef LIBRARY
    sum += library_label(i) - i;
#endif
  }
  unsigned table = 0;
  for (int i = 0; i < 4; i++) table += table_label[i];
  int right = table == 0x01020304u + 0x05060708u + 0xc3c3c3c3u + 0x11121314u &&
              strcmp(text_label, "text among code") == 0;
  printf("sum %d\n", sum);
  expect("plain_label", 5);
  expect("local_label", 5);
  expect("object_label", 5);
  expect("pointer_label", 5);
  expect("end_label", 5);
  return right ? 0 : 1;
}
