/* Functions that debug information describes, each called once with known values. */
#include "fixture.h"

enum mood { CALM, GLAD, ANGRY = 7 };
struct point {
  int x, y;
  const char *label;
};

__attribute__((noipa)) int greets(const char *who, int times) { return (int)strlen(who) * times; }
__attribute__((noipa)) int feels(enum mood mood, struct point at) { return (int)mood + at.x; }
__attribute__((noipa)) int measures(const struct point *point, int scale) {
  return (point->x + point->y) * scale;
}

int main(void) {
  struct point corner = {3, 4, "corner"};
  int sum = greets("world", 2) + feels(ANGRY, corner) + measures(&corner, 6);
  expect("greets", 1);
  expect("feels", 1);
  expect("measures", 1);
  return sum == 62 ? 0 : 1;
}
