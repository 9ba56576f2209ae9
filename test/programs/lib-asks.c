/* Who has called? By the return address on the stack, and by what unwinding finds. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <execinfo.h>
#include <string.h>

static int is_in(const char *program, void *address) {
  Dl_info info;
  return dladdr(address, &info) != 0 && strstr(info.dli_fname, program) != NULL;
}

int asks_stack(const char *program) {
  return is_in(program, __builtin_extract_return_addr(__builtin_return_address(0)));
}

int asks_unwinder(const char *program) {
  void *frames[8];
  int count = backtrace(frames, 8), found = 0;
  for (int i = 1; i < count; i++) found |= is_in(program, frames[i]);
  return found;
}
