/* Calls lib-routes in every way, reads the data that it shares, and says how often it did what. */
#include "fixture.h"
#include <dlfcn.h>

int picked(int), first_name(int), second_name(int), versioned(int), versioned_was(int);
__asm__(".symver versioned_was, versioned@OLD");
extern int rt_shared;
extern __thread int rt_own;
int rt_bump(void), rt_count(void), rt_calls_back(int (*)(int), int);

__attribute__((visibility("default"))) int rt_answer(int x) { return x; }

int main(int argc, char **argv) {
  long n = argument(argc, argv, 1, 3);
  volatile int sum = 0;
  for (int i = 0; i < n; i++) sum += picked(i);
  for (int i = 0; i < n; i++) sum += first_name(i);
  for (int i = 0; i < 2 * n; i++) sum += second_name(i);
  for (int i = 0; i < n; i++) sum += versioned_was(i);
  for (int i = 0; i < 2 * n; i++) sum += versioned(i);
  for (int i = 0; i < n; i++) sum += rt_bump() + rt_count() * 100;
  sum += rt_calls_back(rt_answer, n);
  int (*by_name)(int) = (int (*)(int))dlsym(RTLD_DEFAULT, "picked_by_name");
  for (int i = 0; i < n; i++) sum += by_name(i);
  expect("picked", n);
  expect("picked_by_name", n);
  expect("first_name", n);
  expect("second_name", 2 * n);
  expect("versioned", 3 * n);
  expect("rt_bump", n);
  expect("rt_count", n);
  expect("rt_calls_back", 1);
  expect("rt_answer", n);
  printf("data %d %d %d\n", rt_shared, rt_own, sum);
  return 0;
}
