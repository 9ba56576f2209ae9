/* Values that formats like to lose: extremes, NaN, NUL, newlines, bytes that are no UTF-8, ten megabytes. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "values.h"

enum { MANY = 10000000 };

int main(void) {
  static char bytes[MANY], text[MANY + 1];
  for (int i = 0; i < MANY; i++) {
    bytes[i] = (char)(i * 7);
    text[i] = "a\n\xc3\xbc"[i % 4];
  }
  v_integers(-1, 255, SHRT_MIN, USHRT_MAX, INT_MIN, UINT_MAX, LONG_MIN, ULONG_MAX);
  v_wide_integers(-1, LLONG_MIN, INT_MAX, 1ULL << 63);
  v_floats(NAN, -INFINITY, -0.0L, 0.1f);
  v_strings("two\nlines \x1b[31m", "\xff\xfe\xc3(", "\xf0\x9f\x98\x80", text, 10);
  v_buffer(bytes, MANY, "nul\0inside", 10);
  return 0;
}
