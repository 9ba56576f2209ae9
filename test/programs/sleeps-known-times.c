/* Calls usleep 100 times: 60 of 1 ms, 30 of 5 ms, 10 of 20 ms; a call of toupper before each. */
#define __NO_CTYPE 1
#include <ctype.h>
#include <unistd.h>

int main(void) {
  for (int i = 0; i < 100; i++) {
    toupper('a');
    usleep(i % 10 == 0 ? 20000 : i % 10 < 4 ? 5000 : 1000);
  }
  return 0;
}
