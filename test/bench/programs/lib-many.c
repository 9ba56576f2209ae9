/* 5,000 functions, see many.h. */
#include "many.h"

#define DEFINE(n) \
  int imported_##n(int x) { return x + 1; }
MANY(DEFINE)
