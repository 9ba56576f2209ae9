/* Calls one function that goes by several names: through the PLT, through a pointer, from inside its library. */
#include "fixture.h"
#include <dlfcn.h>

int device_ctrl(int command, int value);
int device_reset(int value);

#define device_open(value) device_ctrl(1, value)
#define device_set_speed(value) device_ctrl(2, value)

int main(void) {
  int (*through_pointer)(int, int) = (int (*)(int, int))dlsym(RTLD_DEFAULT, "device_ctrl");
  int sum = 0;
  for (int i = 0; i < 3; i++) sum += device_open(i);
  for (int i = 0; i < 5; i++) sum += device_set_speed(i);
  sum += through_pointer(2, 70);
  sum += device_ctrl(9, 0);
  sum += device_reset(8);
  return sum == 303 + 1010 + 270 + 900 + 308 ? 0 : 1;
}
