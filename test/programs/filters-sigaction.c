/*
 * Has a filter of its own refuse rt_sigaction for SIGTRAP, as the first argument says: "errno", "trap" (its SIGSYS handler
 * tells), "kill", or "none" for no filter; then sets and asks for what SIGTRAP does, and says what came of it.
 */
#include "fixture.h"
#include <ctype.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static volatile int refused;

static void onSys(int number) {
  (void)number;
  refused++;
}

static void onUsr(int number) { (void)number; }

static void filter(unsigned verdict) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigaction, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SIGTRAP, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, verdict),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail("no_new_privs");
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) fail("seccomp");
}

static void tell(const char *what, int result) {
  if (toupper('a') != 'A') puts("strange");
  printf("%s: %d, %s, refused %d\n", what, result, result == 0 ? "done" : strerror(errno), refused);
  fflush(stdout);
}

int main(int argc, char **argv) {
  const char *how = argc > 1 ? argv[1] : "errno";
  struct sigaction usr = {.sa_handler = onUsr}, ignore = {.sa_handler = SIG_IGN}, now = {0};
  sigfillset(&usr.sa_mask);
  signal(SIGSYS, onSys);
  sigaction(SIGUSR1, &usr, NULL);
  if (strcmp(how, "errno") == 0) filter(SECCOMP_RET_ERRNO | EPERM);
  if (strcmp(how, "trap") == 0) filter(SECCOMP_RET_TRAP);
  if (strcmp(how, "kill") == 0) filter(SECCOMP_RET_KILL_PROCESS);
  tell("another signal", sigaction(SIGUSR1, NULL, &now));
  printf("whose handler blocks SIGTRAP: %d\n", sigismember(&now.sa_mask, SIGTRAP));
  fflush(stdout);
  tell("asked", sigaction(SIGTRAP, NULL, &now));
  tell("set", sigaction(SIGTRAP, &ignore, NULL));
  tell("asked", sigaction(SIGTRAP, NULL, &now));
  printf("ignored: %d\n", now.sa_handler == SIG_IGN);
  return 0;
}
