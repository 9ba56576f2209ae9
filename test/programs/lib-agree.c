/* What ltrace 0.7.3 shows rightly: functions of every kind of argument it understands. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "agree.h"

int add(int a, int b) { return a + b; }
int length_of(const char *text) { return (int)strlen(text); }
const char *second_of(const char *first, const char *second) { return second; }
double half(double number) { return number / 2; }
float third(float number) { return number / 3; }
char upper(char letter) { return (char)(letter - 32); }
void nothing(int number) {}
short narrow(short a, unsigned short b) { return (short)(a + b); }
long wide(long a, unsigned long b) { return a * 2; }
int colour(int which) { return which; }
unsigned masks(unsigned a, unsigned b) { return a | b; }
int shown(int a, int b, int c, int d) { return a & d; }
int truth(int a, int b) { return !a; }
int sum_of(const int *numbers, int count) {
  int sum = 0;
  for (int i = 0; i < count; i++) sum += numbers[i];
  return sum;
}
int area(const struct rectangle *shape) { return shape->width * shape->height; }
int depth_of(const struct node *list) { return list == NULL ? 0 : 1 + depth_of(list->next); }
int fills(int number, char *text, int *twice) {
  sprintf(text, "<%d>", number);
  *twice = 2 * number;
  return number;
}
void say(const char *format, ...) {
  char text[200];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
}
int calls_back(int (*callback)(int), int argument) { return callback(argument) + 1; }
int plain(int a, int b, int c, int d) { return a + b + c + d; }
