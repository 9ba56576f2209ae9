/* What lib-agree offers to agrees-with-ltrace. */
struct rectangle { int width, height; char name[8]; double scale; };
struct node { int value; struct node *next; };

int add(int a, int b);
int length_of(const char *text);
const char *second_of(const char *first, const char *second);
double half(double number);
float third(float number);
char upper(char letter);
void nothing(int number);
short narrow(short a, unsigned short b);
long wide(long a, unsigned long b);
int colour(int which);
unsigned masks(unsigned a, unsigned b);
int shown(int a, int b, int c, int d);
int truth(int a, int b);
int sum_of(const int *numbers, int count);
int area(const struct rectangle *shape);
int depth_of(const struct node *list);
int fills(int number, char *text, int *twice);
void say(const char *format, ...);
int calls_back(int (*callback)(int), int argument);
int plain(int a, int b, int c, int d);
