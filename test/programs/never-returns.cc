/* Makes calls that never return, from functions with mangled names: abort, a fault inside strlen, or exit. */
#include <cstdlib>
#include <cstring>

namespace ends {
enum class How { exits, aborts, faults };

static inline __attribute__((always_inline)) size_t measure(const char *text) {
  return strlen(text);
}

struct Plan {
  __attribute__((noinline)) size_t carry(How how) const {
    if (how == How::aborts) abort();
    if (how == How::faults) return measure(reinterpret_cast<const char *>(16));
    exit(3);
  }
};

void farewell() {}
}  // namespace ends

int main(int argc, char **argv) {
  const char *word = argc > 1 ? argv[1] : "exits";
  ends::How how = ends::How::exits;
  if (word[0] == 'a') how = ends::How::aborts;
  if (word[0] == 'f') how = ends::How::faults;
  atexit(ends::farewell);
  return static_cast<int>(ends::Plan().carry(how));
}
