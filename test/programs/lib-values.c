/* Functions that do as little as they can; the test looks at what they are given and give back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "values.h"

int v_integers(char a, unsigned char b, short c, unsigned short d, int e, unsigned f, long g, unsigned long h) { return 1; }
int v_wide_integers(int a, long long b, int c, unsigned long long d) { return 2; }
int v_bool(bool a, bool b, int c) { return 3; }
int v_floats(float a, double b, long double c, float d) { return 4; }
int v_many(int a, double b, int c, double d, int e, double f, int g, double h, int i, double j, int k, double l,
           int m, double n, int o, double p, int q, double r, float s, char t, long long u) { return 5; }
int v_lenses(int a, int b, int c, char d, int e, int f) { return 6; }
int v_names(int a, int b, unsigned c, unsigned d, short e) { return 7; }
int v_bits(unsigned a, unsigned b, unsigned c) { return 8; }
int v_strings(const char *a, const char *b, const char *c, const char *d, int e) { return 9; }
int v_bad_strings(const char *a, const char *b) { return 10; }
int v_wide_strings(const wchar_t *a, wchar_t b) { return 11; }
int v_pointers(void *a, int *b, void (*c)(void), int **d) { return 12; }
int v_small_structs(struct two_ints a, struct char_double b, struct two_floats c, struct float_int d) { return 13; }
int v_mixed_structs(struct three_floats a, struct long_double b, struct double_long c, struct nested d) { return 14; }
int v_memory_structs(int a, struct three_longs b, struct extended c, struct bytes d, int e) { return 15; }
int v_union(union either a, struct two_ints *b, struct sized *c) { return 16; }
int v_arrays(int *a, int b, int *c, char *d, double *e) { return 17; }
int v_list(struct list *a) { return 18; }
int v_out(int a, int *b, char *c, int d) { *b = a * 2; strcpy(c, "written"); return 7; }
int v_inout(int *a, int *b) { ++*a; return 20; }
int v_buffer(const void *a, size_t b, const void *c, size_t d) { return 21; }
int v_hidden(int a, int b, int c) { return 22; }
int v_format(const char *format, ...) { return 23; }
int v_scan(const char *text, const char *format, ...)
{
  va_list list;
  va_start(list, format);
  int found = vsscanf(text, format, list);
  va_end(list);
  return found;
}
int v_control(void *a, int b, long c) { return 24; }
int v_nothing(void) { return 25; }
void r_void(void) {}
char r_char(int a) { return (char)a; }
bool r_bool(int a) { return a != 0; }
short r_short(int a) { return (short)a; }
unsigned r_unsigned(int a) { return (unsigned)a; }
long long r_long_long(int a) { return a * 10000000000LL; }
float r_float(double a) { return (float)a; }
double r_double(double a) { return a; }
long double r_extended(double a) { return a; }
const char *r_string(int a) { return a == 0 ? NULL : "text"; }
struct two_ints r_two_ints(int a) { return (struct two_ints){a, -a}; }
struct char_double r_char_double(int a) { return (struct char_double){'c', a / 2.0}; }
struct long_double r_long_double(int a) { return (struct long_double){a, a / 2.0}; }
struct double_long r_double_long(int a) { return (struct double_long){a / 2.0, a}; }
struct two_floats r_two_floats(int a) { return (struct two_floats){a, a / 4.0f}; }
struct three_longs r_three_longs(int a) { return (struct three_longs){a, a + 1, a + 2}; }
struct extended r_extended_struct(int a) { return (struct extended){a / 8.0L}; }
int r_fails(int a) { errno = a; return a == 0 ? 0 : -1; }
void *r_null(int a) { errno = a; return NULL; }
int r_error_number(int a) { return a; }
