/*
 * The floor of an attach: what a tracer cannot leave out, and nothing else. Seizes every thread of the process (first
 * argument), reads the signal mask of each from its status, reads the maps, maps each file, halts one thread while two
 * bytes of each file's code are written (as they were), lets it go on; then writes them again, stops all threads and lets
 * go of them. Prints "elapsed_ns N".
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1024, PLACES_IN_A_FILE = 2, APART = 16 };

static pid_t threads[MOST];
static int thread_count;
static unsigned long places[MOST];
static int place_count;
static char text[1 << 20];

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void read_text(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) fail(path);
  size_t used = 0;
  ssize_t got;
  while ((got = read(file, text + used, sizeof text - 1 - used)) > 0) used += got;
  text[used] = 0;
  close(file);
}

static void seize_all(pid_t process) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", process);
  DIR *tasks = opendir(path);
  if (tasks == NULL) fail(path);
  for (struct dirent *each; (each = readdir(tasks)) != NULL;) {
    pid_t thread = atoi(each->d_name);
    if (thread == 0 || thread_count == MOST) continue;
    if (ptrace(PTRACE_SEIZE, thread, 0, PTRACE_O_TRACECLONE) != 0) fail("seize");
    threads[thread_count++] = thread;
  }
  closedir(tasks);
}

static void read_masks(pid_t process) {
  char path[64];
  for (int i = 0; i < thread_count; i++) {
    snprintf(path, sizeof path, "/proc/%d/task/%d/status", process, threads[i]);
    read_text(path);
    if (strstr(text, "SigBlk:") == NULL) fail(path);
  }
}

static void map_file(const char *path) {
  struct stat about;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  if (fstat(file, &about) == 0 && mmap(NULL, about.st_size, PROT_READ, MAP_PRIVATE, file, 0) == MAP_FAILED) fail(path);
  close(file);
}

/* Maps the file of each executable mapping, and remembers places in it. */
static void read_maps(pid_t process) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/maps", process);
  read_text(path);
  for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
    unsigned long start;
    char flags[5];
    char *name = strchr(line, '/');
    if (name == NULL || sscanf(line, "%lx-%*x %4s", &start, flags) != 2 || flags[2] != 'x') continue;
    map_file(name);
    for (int i = 0; i < PLACES_IN_A_FILE && place_count < MOST; i++) places[place_count++] = start + i * APART;
  }
}

static void write_places(int memory) {
  char byte;
  for (int i = 0; i < place_count; i++)
    if (pread(memory, &byte, 1, places[i]) != 1 || pwrite(memory, &byte, 1, places[i]) != 1) fail("memory");
}

static void halt(pid_t thread) {
  int status;
  if (ptrace(PTRACE_INTERRUPT, thread, 0, 0) != 0 || waitpid(thread, &status, __WALL) != thread) fail("halt");
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  pid_t process = atoi(argv[1]);
  int64_t start = now();
  seize_all(process);
  read_masks(process);
  read_maps(process);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", process);
  int memory = open(path, O_RDWR | O_CLOEXEC);
  if (memory < 0) fail(path);
  halt(threads[0]);
  write_places(memory);
  if (ptrace(PTRACE_CONT, threads[0], 0, 0) != 0) fail("go on");
  write_places(memory);
  for (int i = 0; i < thread_count; i++)
    if (ptrace(PTRACE_INTERRUPT, threads[i], 0, 0) != 0) fail("interrupt");
  for (int i = 0; i < thread_count; i++) {
    int status;
    if (waitpid(threads[i], &status, __WALL) != threads[i]) fail("wait");
  }
  for (int i = 0; i < thread_count; i++)
    if (ptrace(PTRACE_DETACH, threads[i], 0, 0) != 0) fail("detach");
  printf("elapsed_ns %lld\n", (long long)(now() - start));
  return 0;
}
