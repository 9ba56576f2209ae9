/*
 * Calls lib-agree in ways that ltrace 0.7.3 shows rightly. The argument says which: values, nested, signal,
 * vfork, status (exits with 3), killed (by SIGTERM), exec (runs itself with "nested"), waits (for a byte on
 * standard input, then nested).
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "agree.h"

static void values(void) {
  int numbers[] = {1, 2, 3, 4, 5, 6};
  struct rectangle shape = {3, 4, "eight888", 0.5};
  struct node third_node = {3, NULL}, second_node = {2, &third_node}, list = {1, &second_node};
  char text[32] = "";
  int twice = 0;
  add(2, 40);
  add(-7, 20000);
  length_of("hello");
  length_of("tab\t, newline\n, \001 and \377");
  length_of("a text that is so long that it does not fit in as many characters as are shown");
  length_of("");
  second_of("first", NULL);
  second_of("first", "second");
  half(-4.5);
  third(1.5f);
  upper('a');
  nothing(0);
  narrow(-3, 65533);
  wide(-10000000000L, 18446744073709551615UL);
  colour(1);
  colour(7);
  colour(9);
  masks(0x123, 0);
  masks(0xfffffffe, 0xf0);
  shown(255, 8, 1, -1);
  shown(0, 0, 0, 0);
  truth(1, 0);
  sum_of(numbers, 3);
  sum_of(numbers, 6);
  sum_of(numbers, 0);
  area(&shape);
  depth_of(&list);
  fills(21, text, &twice);
  say("%d %u %x %o %c %s %5.2f %ld %%\n", -1, 2u, 255u, 8u, 'c', "text", 1.25, 5000000000L);
  say("%*d %.*s %.3s\n", 5, 42, 3, "abcdef", "abcdef");
  plain(1, -1, 10000, 10001);
}

static int once_more(int number) { return number == 0 ? add(1, 1) : calls_back(once_more, number - 1); }

/* Sends itself a signal while no call is open: inside of raise() ltrace is wrong about what comes after. */
static void send(long number) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_kill), "D"((long)getpid()), "S"(number) : "rcx", "r11", "memory");
}

/* By itself, so that a tracer which attaches meanwhile sees no call that is half done. */
static void wait_for_byte(void) {
  char byte;
  long result;
  do {
    __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_read), "D"(0L), "S"(&byte), "d"(1L) : "rcx", "r11", "memory");
  } while (result < 0);
}

static void on_signal(int number) { add(number, 0); }

int main(int count, char **arguments) {
  const char *what = count > 1 ? arguments[1] : "values";
  if (strcmp(what, "values") == 0) values();
  if (strcmp(what, "waits") == 0) {
    wait_for_byte();
    what = "nested";
  }
  if (strcmp(what, "nested") == 0) calls_back(once_more, 2);
  if (strcmp(what, "signal") == 0) {
    signal(SIGUSR1, on_signal);
    send(SIGUSR1);
    add(1, 2);
  }
  if (strcmp(what, "vfork") == 0) {
    /* vfork, as then the order of the lines is no matter of chance. */
    int status, child = vfork();
    if (child == 0) _exit(add(3, 4));
    waitpid(child, &status, 0);
  }
  if (strcmp(what, "status") == 0) exit(3);
  if (strcmp(what, "killed") == 0) send(SIGTERM);
  if (strcmp(what, "exec") == 0) execl(arguments[0], arguments[0], "nested", (char *)NULL);
  return 0;
}
