// A library whose functions are reached in the ways that are rarer than one name and one stub.
int toupper(int), tolower(int);

// picked is an IFUNC: the symbol is resolve, and what runs is chosen.
__attribute__((noinline)) static int chosen(int x) { return x + 1; }
static int (*resolve(void))(int) { return chosen; }
int picked(int x) __attribute__((ifunc("resolve")));

// Nobody imports this one.
__attribute__((noinline)) static int other(int x) { return x + 5; }
static int (*resolve_other(void))(int) { return other; }
int picked_by_name(int x) __attribute__((ifunc("resolve_other")));

// Two names of one address.
int first_name(int x) { return x + 2; }
int second_name(int x) __attribute__((alias("first_name")));

// Two functions of one name.
int versioned_old(int x) { return x + 3; }
int versioned_new(int x) { return x + 4; }
__asm__(".symver versioned_old, versioned@OLD");
__asm__(".symver versioned_new, versioned@@NEW");

// Data: copied into the program (or not), and one for each thread.
int rt_shared = 40;
int rt_bump(void) { return ++rt_shared; }
__thread int rt_own;
int rt_count(void) { return ++rt_own; }

// DT_INIT and DT_FINI.
void begins(void) { rt_shared += toupper('a'); }
void ends(void) { rt_shared += tolower('A'); }

int rt_calls_back(int (*function)(int), int times) {
  int sum = 0;
  for (int i = 0; i < times; i++) sum += function(i);
  return sum;
}
