// A program that knows its calls: it says how often it called each function, and under which name it runs.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>

int mx_direct(int), mx_table(int), mx_hoisted(int), mx_tail(int), mx_constructor(int), mx_destructor(int);
int mx_by_name(int), mx_protected(int), mx_calls_out(int);
__attribute__((weak)) int mx_weak(int);
__attribute__((weak)) int mx_absent(int);

volatile int sum;
int rounds = 3;

static int (*const volatile table[])(int) = {mx_table, mx_table};

__attribute__((constructor)) static void before(void) { sum += mx_constructor(0); }
__attribute__((destructor)) static void after(void) { sum += mx_destructor(0); }

__attribute__((visibility("default"))) int mx_callback(int x) { return x; }

__attribute__((noinline)) static int leap(int x) { return mx_tail(x); }

// The loop keeps the function's address in a register where that is shorter.
__attribute__((noinline)) static void hoist(void) {
  for (int i = 0; i < rounds; i++) sum += mx_hoisted(i) + mx_hoisted(sum) + mx_hoisted(1);
}

int main(int argc, char **argv) {
  for (int i = 0; i < rounds; i++) sum += mx_direct(i);
  for (int i = 0; i < rounds; i++) sum += table[i & 1](i);
  hoist();
  for (int i = 0; i < rounds; i++) sum += leap(i);
  if (mx_weak) sum += mx_weak(1);
  if (mx_absent) sum += mx_absent(1);
  sum += mx_protected(1) + mx_protected(2);
  int (*found)(int) = (int (*)(int))dlsym(RTLD_DEFAULT, "mx_by_name");
  for (int i = 0; i < rounds; i++) sum += found(i);
  sum += mx_calls_out(1) + mx_calls_out(2);
  printf("cell %s mx_direct=3 mx_table=3 mx_hoisted=9 mx_tail=3 mx_weak=1 mx_protected=2 mx_by_name=3 "
         "mx_calls_out=2 mx_constructor=1 mx_destructor=1 mx_callback=2 toupper=2 tolower=2\n",
         argv[argc - 1]);
  return 0;
}
