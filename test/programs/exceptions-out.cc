// Leaves a traced call by a C++ exception N times (first argument, 200), then returns normally once.
#include "fixture.h"
#include <cctype>
#include <stdexcept>

extern "C" int call_back(int (*callback)(int), int argument);

static int leave(int argument) {
  toupper('a');
  if (argument > 0) throw std::runtime_error("left");
  return 41;
}

int main(int argc, char **argv) {
  int times = (int)argument(argc, argv, 1, 200);
  int caught = 0;
  for (int i = 1; i <= times; i++) {
    try {
      call_back(leave, i);
    } catch (const std::runtime_error &) {
      caught++;
    }
  }
  int normal = call_back(leave, 0);
  expect("call_back", times + 1);
  expect("toupper", times + 1);
  printf("abandoned call_back %d\n", times);
  return caught == times && normal == 42 ? 0 : 1;
}
