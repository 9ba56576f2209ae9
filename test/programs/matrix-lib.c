// The library of the matrix: it is called in every way that a compiler knows, and calls out itself.
// Not from <ctype.h>, which has them inline.
int toupper(int), tolower(int);

int mx_direct(int x) { return x + 1; }
int mx_table(int x) { return x + 2; }
int mx_hoisted(int x) { return x + 3; }
int mx_tail(int x) { return x + 4; }
int mx_constructor(int x) { return x + 5; }
int mx_destructor(int x) { return x + 6; }
int mx_weak(int x) { return x + 7; }
int mx_by_name(int x) { return x + 8; }
__attribute__((visibility("protected"))) int mx_protected(int x) { return x + 9; }
int mx_never(int x) { return x + 10; }

// Only the program defines it: a call from a library into the program.
int mx_callback(int x);

int mx_calls_out(int x) { return toupper('a' + x % 26) + tolower('A') + mx_callback(x); }
