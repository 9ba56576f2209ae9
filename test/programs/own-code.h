/* Compares the executable pages of the program and its libraries in memory with the files. */
#ifndef OWN_CODE_H
#define OWN_CODE_H
#include "fixture.h"
#include <fcntl.h>

/* The number of bytes that differ, -1 when it cannot be told. */
static inline long changedCodeBytes(void) {
  FILE *maps = fopen("/proc/self/maps", "r");
  char line[4352], path[4096];
  long changed = 0;
  if (maps == NULL) return -1;
  while (fgets(line, sizeof line, maps) != NULL) {
    unsigned long start, end, offset;
    char rights[8];
    path[0] = '\0';
    if (sscanf(line, "%lx-%lx %7s %lx %*s %*s %4095s", &start, &end, rights, &offset, path) < 4) continue;
    if (path[0] != '/' || rights[2] != 'x' || rights[0] != 'r') continue;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    char *copy = malloc(end - start);
    ssize_t got = file < 0 || copy == NULL ? -1 : pread(file, copy, end - start, (off_t)offset);
    for (ssize_t i = 0; i < got; i++)
      if (copy[i] != ((char *)start)[i]) changed++;
    if (got < 0) changed = -1;
    free(copy);
    if (file >= 0) close(file);
    if (changed < 0) break;
  }
  fclose(maps);
  return changed;
}
#endif
