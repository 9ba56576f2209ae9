/* What the bench calls: almost nothing. */
int work(int x) { return x + 1; }
int work_with_strings(const char *a, const char *b) { return a[0] + b[0]; }
