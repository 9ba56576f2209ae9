/* Calls every function of lib-values and says, before each call, which line must be seen. */
#include <stdio.h>
#include "values.h"

#define SEE(text) (puts(text), fflush(stdout))

static void own_function(void) {}

static void scalars(void)
{
  SEE("v_integers('A', 200, -3, 65533, -5, 4294967291, -7, 8) = 1");
  v_integers('A', 200, -3, 65533, -5, 4294967291u, -7, 8);
  SEE("v_wide_integers(1, -10000000000, 2, 18446744073709551615) = 2");
  v_wide_integers(1, -10000000000LL, 2, 18446744073709551615ULL);
  SEE("v_bool(true, false, true) = 3");
  v_bool(true, false, 17);
  SEE("v_floats(-2.250000, 0.500000, 1.500000, 3.000000) = 4");
  v_floats(-2.25f, 0.5, 1.5L, 3.0f);
  SEE("v_many(1, 1.500000, 2, 2.500000, 3, 3.500000, 4, 4.500000, 5, 5.500000, 6, 6.500000, 7, 7.500000, "
      "8, 8.500000, 9, 9.500000, 10.500000, 'z', 11) = 5");
  v_many(1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5, 10.5f, 'z', 11);
  SEE("v_lenses(0xff, 0xffffffff, 010, 97, 'a', 00) = 6");
  v_lenses(255, -1, 8, 'a', 'a', 0);
  SEE("v_names(GREEN, 9, A|C|0x40, READ_WRITE|CREATE, MINUS) = 7");
  v_names(1, 9, 0x45, 0x12, -1);
  SEE("v_bits(<0-1,5,8>, <>, ~<0>) = 8");
  v_bits(0x123, 0, 0xfffffffe);
  SEE("v_hidden(1, 3) = 22");
  v_hidden(1, 2, 3);
  SEE("v_nothing() = 25");
  v_nothing();
}

static void texts(void)
{
  SEE("v_strings(\"hello\\n\", \"01234567890123456789012345678901\"..., \"abc\", nil, 3) = 9");
  v_strings("hello\n", "0123456789012345678901234567890123456789", "abcdef", NULL, 3);
  SEE("v_bad_strings(0x1, \"\") = 10");
  v_bad_strings((const char *)1, "");
  SEE("v_wide_strings(\"wide \u00e4\", 'w') = 11");
  v_wide_strings(L"wide \u00e4", L'w');
  SEE("v_buffer(\"GET /\", 5, \"\\001\\002\\377\", 3) = 21");
  v_buffer("GET / more", 5, "\1\2\377", 3);
  SEE("v_format(\"%d %s %c %5.2f %lx %.*s %lld\\n\", -1, \"str\", 'c', 1.250000, 0xff, 2, \"ab\", 5000000000) = 23");
  v_format("%d %s %c %5.2f %lx %.*s %lld\n", -1, "str", 'c', 1.25, 255L, 2, "abc", 5000000000LL);
  int number = 0;
  char word[16] = "";
  double real = 0;
  SEE("v_scan(\"42 word 2.5\", \"%d %15s %lf %*s\", 42, \"word\", 2.500000) = 3");
  v_scan("42 word 2.5", "%d %15s %lf %*s", &number, word, &real);
}

static void aggregates(void)
{
  int numbers[] = {1, 2, 3, 4, 5, 6}, *pointer = numbers;
  SEE("v_pointers(nil, 1, passes-values:own_function, 1) = 12");
  v_pointers(NULL, numbers, own_function, &pointer);
  SEE("v_small_structs({ 5, 7 }, { 'A', 2.500000 }, { 1.000000, 2.000000 }, { 3.000000, 4 }) = 13");
  v_small_structs((struct two_ints){5, 7}, (struct char_double){'A', 2.5}, (struct two_floats){1, 2},
                  (struct float_int){3, 4});
  SEE("v_mixed_structs({ 1.000000, 2.000000, 3.000000 }, { 4, 5.000000 }, { 6.000000, 7 }, "
      "{ { 8.000000, 9.000000 }, { 10, 11 } }) = 14");
  v_mixed_structs((struct three_floats){1, 2, 3}, (struct long_double){4, 5}, (struct double_long){6, 7},
                  (struct nested){{8, 9}, {10, 11}});
  SEE("v_memory_structs(1, { 2, 3, 4 }, { 5.500000 }, { [ 'x', 'y', 'z' ] }, 6) = 15");
  v_memory_structs(1, (struct three_longs){2, 3, 4}, (struct extended){5.5L}, (struct bytes){"xyz"}, 6);
  struct two_ints pair = {1, 2};
  struct sized sized = {3, numbers, "name", "tag"};
  SEE("v_union({ 1065353216, 1.000000 }, { 1, 2 }, { 3, [ 1, 2, 3 ], \"name\", \"tag\" }) = 16");
  v_union((union either){.f = 1.0f}, &pair, &sized);
  double reals[] = {0.5, 1.5};
  SEE("v_arrays([ 1, 2, 3 ], 3, [ 0x1, 0x2, 0x3, 0x4... ], \"ab\", [ 0.500000, 1.500000 ]) = 17");
  v_arrays(numbers, 3, numbers, "ab", reals);
  struct list last = {1, NULL}, middle = {2, &last}, first = {3, &middle};
  SEE("v_list({ 3, { 2, { 1, nil } } }) = 18");
  v_list(&first);
  last.next = &first;
  SEE("v_list({ 3, { 2, { 1, recurse^^ } } }) = 18");
  v_list(&first);
}

static void outputs(void)
{
  int number = 1, same = 5;
  char text[16] = "";
  SEE("v_out(21, 42, \"written\", 4) = 7");
  v_out(21, &number, text, 4);
  number = 9;
  SEE("v_inout(9 => 10, 5) = 20");
  v_inout(&number, &same);
  SEE("v_set_version(nil, NEW) = 24");
  v_control(NULL, 123, 772);
  SEE("v_control(nil, 5, 6) = 24");
  v_control(NULL, 5, 6);
}

static void results(void)
{
  SEE("r_void() = <void>"), r_void();
  SEE("r_char(65) = 'A'"), r_char(65);
  SEE("r_bool(2) = true"), r_bool(2);
  SEE("r_short(-2) = -2"), r_short(-2);
  SEE("r_unsigned(-1) = 4294967295"), r_unsigned(-1);
  SEE("r_long_long(-3) = -30000000000"), r_long_long(-3);
  SEE("r_float(1.250000) = 1.250000"), r_float(1.25);
  SEE("r_double(-0.500000) = -0.500000"), r_double(-0.5);
  SEE("r_extended(2.750000) = 2.750000"), r_extended(2.75);
  SEE("r_string(1) = \"text\""), r_string(1);
  SEE("r_string(0) = nil"), r_string(0);
  SEE("r_two_ints(4) = { 4, -4 }"), r_two_ints(4);
  SEE("r_char_double(3) = { 'c', 1.500000 }"), r_char_double(3);
  SEE("r_long_double(3) = { 3, 1.500000 }"), r_long_double(3);
  SEE("r_double_long(3) = { 1.500000, 3 }"), r_double_long(3);
  SEE("r_two_floats(2) = { 2.000000, 0.500000 }"), r_two_floats(2);
  SEE("r_three_longs(7) = { 7, 8, 9 }"), r_three_longs(7);
  SEE("r_extended_struct(1) = { 0.125000 }"), r_extended_struct(1);
  SEE("r_fails(2) = -1 ENOENT (No such file or directory)"), r_fails(2);
  SEE("r_fails(0) = 0"), r_fails(0);
  SEE("r_null(12) = nil ENOMEM (Cannot allocate memory)"), r_null(12);
  SEE("r_error_number(22) = 22 EINVAL (Invalid argument)"), r_error_number(22);
}

int main(void)
{
  scalars();
  texts();
  aggregates();
  outputs();
  results();
  return 0;
}
