/* Becomes the user nobody (when root) in the middle of its work. */
#include "fixture.h"
#include <ctype.h>
#include <grp.h>

int main(void) {
  for (int i = 0; i < 10; i++) toupper('a');
  if (getuid() == 0 && (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0))
    fail("setuid");
  for (int i = 0; i < 10; i++) toupper('a');
  printf("uid %d\n", (int)getuid());
  expect("toupper", 20);
  return 0;
}
