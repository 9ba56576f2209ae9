// One function for each kind of C type that debug information can describe.
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <wchar.h>

enum color { RED, GREEN, BLUE = 7 };
enum style { PLAIN = 0, BOLD = 1, ITALIC = 2, UNDERLINE = 4 };
enum sign { MINUS = -1, ZERO, PLUS };

struct point {
  int x, y;
};

struct mixed {
  char letter;
  unsigned low : 3;
  unsigned high : 5;
  short pair[2];
  double ratio;
  const char *name;
  char tag[8];
  struct point at;
  struct mixed *next;
  int (*compare)(const void *, const void *);
};

union word {
  int number;
  float real;
  unsigned char bytes[4];
};

struct hidden;
typedef struct point *point_ref;

int scalars(char c, signed char sc, unsigned char uc, short s, unsigned long ul, long long ll, bool b) {
  return c + sc + uc + s + (int)ul + (int)ll + b;
}
long double floats(float f, double d, long double l) { return f + d + l; }
size_t texts(const char *text, const wchar_t *wide, char *plain, char **list) {
  return text[0] + (size_t)wide[0] + plain[0] + (list != NULL);
}
ssize_t fills(char *buffer, size_t size) { return buffer == NULL ? -1 : (ssize_t)size; }
char *copies(char *to, const char *from) { return from[0] ? to : NULL; }
void structs(struct mixed by_value, const struct mixed *in, struct mixed *out) { out->ratio = by_value.ratio + in->ratio; }
struct point middle(const struct point *a, point_ref b) { return (struct point){(a->x + b->x) / 2, (a->y + b->y) / 2}; }
int enums(enum color c, enum style s, enum sign g) { return (int)c + (int)s + g; }
union word unites(union word w, const int *number, int *result) { *result = w.number + *number; return w; }
int opaque(struct hidden *h, const struct hidden *c, const void *v, void (*call)(int)) { return h != NULL && c != NULL && v != NULL && call != NULL; }
int formats(const char *format, ...) { return format[0]; }
int logs_in(const char *user, const char *password, int pin) { return user[0] + password[0] + pin; }
mode_t modes(mode_t mode, int8_t small, uint64_t big) { return mode + (mode_t)small + (mode_t)big; }
int matrix(int cells[2][3], const uint8_t *data) { return cells[0][0] + data[0]; }
__attribute__((noinline)) static int hidden_helper(int a) { return a + 1; }
// Optimisers drop the parameter that is not used.
__attribute__((noinline)) static int drops_one(int unused, int used) { (void)unused; return used * 3; }

int main(int argc, char **argv) {
  (void)argv;
  return hidden_helper(argc) + drops_one(argc, argc + 1);
}
