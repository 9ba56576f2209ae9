/* IFUNCs that the library calls itself, beside those who import them. */
typedef int function(int);
#ifdef NAMED_OTHERWISE
#define by_table_of_8 with_table_of_8
#define by_other_table_of_4 with_other_table_of_4
#endif

__attribute__((noinline)) static int by_table_of_8(int x) {
  __asm__ volatile("" : "+r"(x));
  return x + 8;
}

__attribute__((noinline)) static int by_other_table_of_4(int x) {
  __asm__ volatile("" : "+r"(x));
  return x + 4;
}

static function *choose_one(void) { return by_table_of_8; }
static function *choose_other(void) { return by_other_table_of_4; }

int by_table(int) __attribute__((ifunc("choose_one")));
int by_other_table(int) __attribute__((ifunc("choose_other")));

int adds_by_table(int count) {
  int sum = 0;
  for (int i = 0; i < count; i++) sum += by_table(i);
  return sum;
}
