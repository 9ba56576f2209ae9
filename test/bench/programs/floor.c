/*
 * The floor: what a stop costs when the tracer does nothing but wait, read the registers, set the PC and
 * continue. STOPS int3 instructions (first argument) in each of THREADS threads (second) of a child.
 * With a third argument a word of the stack is read at every other stop, as a tracer of calls must.
 * Prints "elapsed_ns N". Holds /dev/cpu_dma_latency at 0 where that is allowed, as tsltrace does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long stops;

static void *work(void *unused) {
  for (long i = 0; i < stops; i++) __asm__ volatile("int3; nop");
  return NULL;
}

static void child(long threads) {
  pthread_t ids[256];
  raise(SIGSTOP);
  if (threads == 1) work(NULL);
  else {
    for (long i = 0; i < threads; i++) pthread_create(&ids[i], NULL, work, NULL);
    for (long i = 0; i < threads; i++) pthread_join(ids[i], NULL);
  }
  _exit(0);
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ll + t.tv_nsec;
}

int main(int argc, char **argv) {
  stops = atol(argv[1]);
  long threads = argc > 2 ? atol(argv[2]) : 1;
  int reads = argc > 3;
  int32_t none = 0;
  int latency = open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC);
  if (latency >= 0 && write(latency, &none, sizeof none) < 0) latency = -1;
  pid_t pid = fork();
  if (pid == 0) child(threads);
  int status;
  if (waitpid(pid, &status, WUNTRACED) != pid ||
      ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL) != 0)
    return 1;
  kill(pid, SIGCONT);
  int64_t start = now();
  long seen = 0;
  struct user_regs_struct registers;
  for (;;) {
    pid_t tid = waitpid(-1, &status, __WALL);
    if (tid < 0) break;
    if (!WIFSTOPPED(status)) continue;
    int signal = WSTOPSIG(status);
    if (signal == SIGTRAP && status >> 16 == 0) {
      seen++;
      ptrace(PTRACE_GETREGS, tid, 0, &registers);
      if (reads && seen % 2 == 1) ptrace(PTRACE_PEEKDATA, tid, registers.rsp, 0);
      /* Past the nop, as a tracer that has a copy of the instruction sets the PC to it. */
      ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, rip), registers.rip + 1);
      signal = 0;
    } else if (status >> 16 != 0 || signal == SIGCONT || signal == SIGSTOP) signal = 0;
    ptrace(PTRACE_CONT, tid, 0, signal);
  }
  int64_t elapsed = now() - start;
  if (seen != stops * threads) return 2;
  printf("elapsed_ns %lld\n", (long long)elapsed);
  return 0;
}
