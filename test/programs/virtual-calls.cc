/* Calls virtual functions of a library; each count goes under the readable name. */
#include "fixture.h"

struct Shape {
  virtual int area(int scale) const;
  virtual int corners() const;
  virtual ~Shape();
};
Shape *make_shape();
Shape *make_square();

int main(int argc, char **argv) {
  long n = argument(argc, argv, 1, 3);
  Shape *shape = make_shape(), *square = make_square();
  volatile int sum = 0;
  for (int i = 0; i < n; i++) sum += shape->area(i);
  for (int i = 0; i < 2 * n; i++) sum += square->area(i);
  for (int i = 0; i < n; i++) sum += shape->corners() + square->corners();
  delete shape;
  delete square;
  expect("_ZNK5Shape4areaEi", n);
  expect("_ZNK6Square4areaEi", 2 * n);
  expect("_ZNK5Shape7cornersEv", 2 * n);
  return 0;
}
