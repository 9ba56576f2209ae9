/* Four threads call traced_step as often as argv[1] says and know what must come of it. Prints the
   address of traced_step first, `ok SUM` at the end. With argv[2] `block` the threads block SIGTRAP,
   with `own` the program has a SIGTRAP handler that it uses itself. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

long traced_step(long value);
__asm__(".globl traced_step\n"
        ".type traced_step, @function\n"
        "traced_step:\n"
        " push %rbx\n"
        " mov %rdi, %rbx\n"
        " lea 3(%rbx), %rax\n"
        " pop %rbx\n"
        " ret\n");

static long rounds;
static int blocks, own;
static volatile sig_atomic_t handled;
static volatile int stop;

static void onTrap(int signal) { handled += signal == SIGTRAP; }

static void *work(void *unused) {
  long sum = 0;
  sigset_t set;
  (void)unused;
  sigfillset(&set);
  if (blocks) pthread_sigmask(SIG_BLOCK, &set, NULL);
  for (long i = 0; i < rounds && !stop; i++) {
    long got = traced_step(i);
    if (got != i + 3) _exit(20);
    sum++;
  }
  return (void *)sum;
}

int main(int count, char **words) {
  pthread_t threads[4];
  long total = 0;
  rounds = atol(words[1]);
  blocks = count > 2 && strcmp(words[2], "block") == 0;
  own = count > 2 && strcmp(words[2], "own") == 0;
  if (own) signal(SIGTRAP, onTrap);
  printf("%lx\n", (unsigned long)traced_step);
  fflush(stdout);
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, work, NULL);
  /* Goes on until its input ends. */
  char byte;
  while (read(0, &byte, 1) > 0);
  if (own) {
    int before = handled;
    __asm__ volatile("int3");
    kill(getpid(), SIGTRAP);
    if (handled != before + 2) return 21;
  }
  stop = 1;
  for (int i = 0; i < 4; i++) {
    void *sum;
    pthread_join(threads[i], &sum);
    total += (long)sum;
  }
  unsigned char *code = (unsigned char *)traced_step;
  printf("ok %d first byte %x\n", total > 0, code[0]);
  return 0;
}
