/* Every type by every route: what the conformance test of values calls. */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

struct two_ints { int a, b; };
struct char_double { char c; double d; };
struct two_floats { float a, b; };
struct three_floats { float a, b, c; };
struct float_int { float f; int i; };
struct long_double { long l; double d; };
struct double_long { double d; long l; };
struct three_longs { long a, b, c; };
struct extended { long double x; };
struct bytes { char text[3]; };
struct nested { struct two_floats f; struct two_ints i; };
struct list { int value; struct list *next; };
struct sized { long count; int *values; const char *name; char tag[8]; };
union either { int i; float f; };

int v_integers(char, unsigned char, short, unsigned short, int, unsigned, long, unsigned long);
int v_wide_integers(int, long long, int, unsigned long long);
int v_bool(bool, bool, int);
int v_floats(float, double, long double, float);
int v_many(int, double, int, double, int, double, int, double, int, double, int, double, int, double,
           int, double, int, double, float, char, long long);
int v_lenses(int, int, int, char, int, int);
int v_names(int, int, unsigned, unsigned, short);
int v_bits(unsigned, unsigned, unsigned);
int v_strings(const char *, const char *, const char *, const char *, int);
int v_bad_strings(const char *, const char *);
int v_wide_strings(const wchar_t *, wchar_t);
int v_pointers(void *, int *, void (*)(void), int **);
int v_small_structs(struct two_ints, struct char_double, struct two_floats, struct float_int);
int v_mixed_structs(struct three_floats, struct long_double, struct double_long, struct nested);
int v_memory_structs(int, struct three_longs, struct extended, struct bytes, int);
int v_union(union either, struct two_ints *, struct sized *);
int v_arrays(int *, int, int *, char *, double *);
int v_list(struct list *);
int v_out(int, int *, char *, int);
int v_inout(int *, int *);
int v_buffer(const void *, size_t, const void *, size_t);
int v_hidden(int, int, int);
int v_format(const char *, ...);
int v_scan(const char *, const char *, ...);
int v_control(void *, int, long);
int v_nothing(void);
void r_void(void);
char r_char(int);
bool r_bool(int);
short r_short(int);
unsigned r_unsigned(int);
long long r_long_long(int);
float r_float(double);
double r_double(double);
long double r_extended(double);
const char *r_string(int);
struct two_ints r_two_ints(int);
struct char_double r_char_double(int);
struct long_double r_long_double(int);
struct double_long r_double_long(int);
struct two_floats r_two_floats(int);
struct three_longs r_three_longs(int);
struct extended r_extended_struct(int);
int r_fails(int);
void *r_null(int);
int r_error_number(int);
