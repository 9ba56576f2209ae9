/*
 * Three functions of its own, once each. A test writes other names of the same length over theirs in the file, such as
 * no compiler takes.
 */
#include "fixture.h"

__attribute__((noipa)) static int first_odd_name(int x) { return x + 1; }
__attribute__((noipa)) static int second_odd_name(int x) { return x + 2; }
__attribute__((noipa)) static int third_odd_name(int x) { return x + 3; }

int main(void) {
  int sum = first_odd_name(1) + second_odd_name(2) + third_odd_name(3);
  expect("first_odd_name", 1);
  expect("second_odd_name", 1);
  expect("third_odd_name", 1);
  return sum == 12 ? 0 : 1;
}
