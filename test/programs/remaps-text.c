/*
 * remaps-text HOW [MILLISECONDS]: maps its own code anew while it runs, as programs do that want huge pages or want to be independent
 * of their file. `file`: from the file. `copy`: a copy of what is there. `library`: the file of the C library over its
 * code. `raw`: like `file`, by system calls of its own. `dropped`: it drops its own copies of the pages, so that those of the
 * file come back. `written`: what the file has is read into it. Then 5 calls, a pause, and 5 calls.
 */
#include "fixture.h"
#include <ctype.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

struct text {
  unsigned long start, end, offset;
  char path[512];
};

static struct text text_at(void *address) {
  struct text found = {0};
  char line[1024];
  FILE *maps = fopen("/proc/self/maps", "r");
  if (maps == NULL) fail("maps");
  while (fgets(line, sizeof line, maps) != NULL) {
    struct text at = {0};
    if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %511s", &at.start, &at.end, &at.offset, at.path) < 3) continue;
    if (at.start <= (unsigned long)address && (unsigned long)address < at.end) found = at;
  }
  fclose(maps);
  return found;
}

static void five_calls(void) {
  for (int i = 0; i < 5; i++) (void)toupper('a' + i);
}

static void *map_file(struct text at, int raw) {
  int file = open(at.path, O_RDONLY);
  size_t length = at.end - at.start;
  int rights = PROT_READ | PROT_EXEC;
  int flags = MAP_PRIVATE | MAP_FIXED;
  if (raw) return (void *)syscall(SYS_mmap, at.start, length, rights, flags, file, at.offset);
  return mmap((void *)at.start, length, rights, flags, file, at.offset);
}

static void *map_copy(struct text at) {
  size_t length = at.end - at.start;
  void *copy = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(copy, (void *)at.start, length);
  mprotect(copy, length, PROT_READ | PROT_EXEC);
  return mremap(copy, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)at.start);
}

static void *drop(struct text at) {
  return madvise((void *)at.start, at.end - at.start, MADV_DONTNEED) == 0 ? (void *)at.start : MAP_FAILED;
}

static void *write_anew(struct text at) {
  size_t length = at.end - at.start;
  void *here = (void *)at.start;
  int file = open(at.path, O_RDONLY);
  if (mprotect(here, length, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) return MAP_FAILED;
  if (pread(file, here, length, (off_t)at.offset) <= 0) return MAP_FAILED;
  return mprotect(here, length, PROT_READ | PROT_EXEC) == 0 ? here : MAP_FAILED;
}

static void *anew(const char *how, struct text at) {
  if (strcmp(how, "copy") == 0) return map_copy(at);
  if (strcmp(how, "dropped") == 0) return drop(at);
  if (strcmp(how, "written") == 0) return write_anew(at);
  return map_file(at, strcmp(how, "raw") == 0);
}

int main(int argc, char **argv) {
  const char *how = argc > 1 ? argv[1] : "copy";
  five_calls();
  struct text text = text_at(strcmp(how, "library") == 0 ? (void *)getpid : (void *)five_calls);
  void *mapped = anew(how, text);
  if (mapped != (void *)text.start) fail("map");
  five_calls();
  long milliseconds = argument(argc, argv, 2, 0);
  struct timespec pause = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  nanosleep(&pause, NULL);
  five_calls();
  printf("made 15 calls of toupper\n");
  fflush(stdout);
  if (strcmp(how, "raw") == 0) syscall(SYS_exit_group, 3);
  return 3;
}
