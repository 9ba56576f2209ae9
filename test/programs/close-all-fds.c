/* Closes every descriptor, standard ones included, and goes on. */
#include "fixture.h"
#include <ctype.h>

int main(void) {
  expect("toupper", 20);
  for (int i = 0; i < 10; i++) toupper('a');
  for (int fd = 0; fd < 1024; fd++) close(fd);
  int sum = 0;
  for (int i = 0; i < 10; i++) sum += toupper('a');
  return sum == 10 * 'A' ? 8 : 1;
}
