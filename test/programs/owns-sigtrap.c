/*
 * Uses SIGTRAP for itself in the way that the first argument names, calls toupper in between, and says what came of it.
 * With a second argument it says "ready" on its way, once it has told the kernel, and waits for a line.
 */
#include "fixture.h"
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>

static volatile sig_atomic_t hits, nested, code, sender;
static const char *self;
static int stops;

static void call(void) {
  if (toupper('a') != 'A') puts("strange");
}

static void here(void) {
  if (!stops) return;
  puts("ready");
  fflush(stdout);
  getchar();
}

static void onTrap(int number) {
  (void)number;
  hits++;
  call();
}

static void onTrapInfo(int number, siginfo_t *info, void *context) {
  (void)context;
  onTrap(number);
  code = info->si_code;
  sender = info->si_pid;
}

static void onUsr(int number) {
  (void)number;
  call();
  nested++;
  call();
}

static sigset_t only(int number) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  return set;
}

static void block(int how) {
  sigset_t trap = only(SIGTRAP);
  pthread_sigmask(how, &trap, NULL);
}

static void act(void (*handler)(int), int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  if (sigaction(SIGTRAP, &action, NULL) != 0) fail("sigaction");
}

static void tell(const char *when) {
  struct sigaction now;
  sigset_t mask, waiting;
  call();
  sigaction(SIGTRAP, NULL, &now);
  sigprocmask(SIG_BLOCK, NULL, &mask);
  sigpending(&waiting);
  printf("%s: %s, flags %#x, %s%s, hits %d\n", when,
         now.sa_handler == SIG_DFL   ? "default"
         : now.sa_handler == SIG_IGN ? "ignored"
         : now.sa_handler == onTrap  ? "handled"
         : now.sa_sigaction == onTrapInfo ? "handled with information"
                                          : "UNKNOWN",
         (unsigned)now.sa_flags & ~0x04000000u, sigismember(&mask, SIGTRAP) ? "blocked" : "open",
         sigismember(&waiting, SIGTRAP) ? ", waiting" : "", (int)hits);
}

static void int3(void) { __asm__ volatile("int3"); }

static void handler(void) {
  act(onTrap, SA_RESTART);
  here();
  for (int i = 0; i < 3; i++) {
    raise(SIGTRAP);
    tell("after raise");
  }
  kill(getpid(), SIGTRAP);
  tell("after kill");
  int3();
  tell("after int3");
}

static void information(void) {
  struct sigaction action = {.sa_sigaction = onTrapInfo, .sa_flags = SA_SIGINFO};
  sigaction(SIGTRAP, &action, NULL);
  call();
  here();
  raise(SIGTRAP);
  printf("code %d, from itself: %d\n", code, sender == getpid());
  union sigval value = {.sival_int = 7};
  sigqueue(getpid(), SIGTRAP, value);
  printf("code %d\n", code);
  int3();
  printf("code %d\n", code);
  tell("in the end");
}

static void inChild(void) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    tell("in a child");
    raise(SIGTRAP);
    tell("in a child");
    fflush(stdout);
    execl(self, self, "tell", NULL);
    _exit(98);
  }
  int status;
  while (waitpid(child, &status, 0) < 0) continue;
  printf("child %#x\n", status);
}

static void ignored(void) {
  act(SIG_IGN, 0);
  tell("at first");
  here();
  raise(SIGTRAP);
  kill(getpid(), SIGTRAP);
  tell("after two");
  inChild();
}

static void handledInChild(void) {
  act(onTrap, 0);
  tell("at first");
  here();
  inChild();
}

static void waiting(void) {
  act(onTrap, 0);
  block(SIG_BLOCK);
  tell("blocked");
  raise(SIGTRAP);
  here();
  tell("after raise");
  raise(SIGTRAP);
  tell("after another");
  block(SIG_UNBLOCK);
  tell("open again");
}

/* Calls on and on while one waits, until a line comes. */
static void callsWhileOneWaits(int isForThread) {
  struct pollfd line = {.fd = 0, .events = POLLIN};
  act(onTrap, 0);
  block(SIG_BLOCK);
  if (isForThread) raise(SIGTRAP);
  else kill(getpid(), SIGTRAP);
  if (stops) puts("ready");
  fflush(stdout);
  do call();
  while (stops && poll(&line, 1, 1) == 0);
  tell("after many calls");
  block(SIG_UNBLOCK);
  tell("open again");
}

static void threadsWaits(void) { callsWhileOneWaits(1); }
static void processesWaits(void) { callsWhileOneWaits(0); }

static void waitsForIt(void) {
  sigset_t trap = only(SIGTRAP);
  block(SIG_BLOCK);
  call();
  raise(SIGTRAP);
  here();
  call();
  siginfo_t info;
  int number = sigwaitinfo(&trap, &info);
  printf("number %d, code %d, from itself: %d\n", number, info.si_code, info.si_pid == getpid());
  tell("after it");
  struct timespec soon = {.tv_nsec = 50000000};
  number = sigtimedwait(&trap, NULL, &soon);
  printf("number %d, %d\n", number, errno == EAGAIN);
  kill(getpid(), SIGTRAP);
  sigwait(&trap, &number);
  printf("number %d\n", number);
  tell("in the end");
}

static void readsIt(void) {
  sigset_t trap = only(SIGTRAP);
  block(SIG_BLOCK);
  int fd = signalfd(-1, &trap, SFD_NONBLOCK);
  here();
  struct pollfd poll1 = {.fd = fd, .events = POLLIN};
  struct signalfd_siginfo info;
  for (int i = 0; i < 3; i++) {
    call();
    printf("readable %d\n", poll(&poll1, 1, 0));
    kill(getpid(), SIGTRAP);
    call();
    printf("readable %d\n", poll(&poll1, 1, 1000));
    if (read(fd, &info, sizeof info) == sizeof info)
      printf("number %u, code %d, from itself: %d\n", info.ssi_signo, info.ssi_code,
             info.ssi_pid == (unsigned)getpid());
    tell("after it");
  }
}

/* A child sends SIGTRAP, while we wait or before. */
static pid_t sendsSoon(void) {
  fflush(stdout);
  pid_t parent = getpid(), child = fork();
  if (child != 0) return child;
  usleep(10000);
  kill(parent, SIGTRAP);
  _exit(0);
}

static int isWaiting(void) {
  sigset_t waiting;
  return sigpending(&waiting) == 0 && sigismember(&waiting, SIGTRAP);
}

static void suspends(void) {
  struct epoll_event event;
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  sigset_t none;
  sigemptyset(&none);
  act(onTrap, 0);
  block(SIG_BLOCK);
  raise(SIGTRAP);
  here();
  tell("before");
  printf("%d\n", sigsuspend(&none));
  tell("after");
  raise(SIGTRAP);
  struct timespec soon = {.tv_nsec = 50000000};
  printf("%d\n", ppoll(NULL, 0, &soon, &none));
  tell("after a wait with a mask");
  /* Without one it waits with its own, by which SIGTRAP waits too. */
  pid_t child = sendsSoon();
  while (!isWaiting() && hits < 3) pselect(0, NULL, NULL, NULL, &soon, NULL);
  tell("after a wait without");
  waitpid(child, NULL, 0);
  block(SIG_UNBLOCK);
  block(SIG_BLOCK);
  child = sendsSoon();
  while (!isWaiting() && hits < 4) epoll_pwait(epoll, &event, 1, 50, NULL);
  tell("after another");
  waitpid(child, NULL, 0);
  block(SIG_UNBLOCK);
  tell("in the end");
}

static void once(void) {
  act(onTrap, SA_RESETHAND);
  here();
  tell("before");
  raise(SIGTRAP);
  tell("after one");
  fflush(stdout);
  raise(SIGTRAP);
}

static void otherHandlers(void) {
  struct sigaction action = {.sa_handler = onUsr}, now;
  sigfillset(&action.sa_mask);
  sigaction(SIGUSR1, &action, NULL);
  act(onTrap, 0);
  here();
  for (int i = 0; i < 5; i++) raise(SIGUSR1);
  sigaction(SIGUSR1, NULL, &now);
  printf("its mask has SIGTRAP: %d, runs %d\n", sigismember(&now.sa_mask, SIGTRAP), (int)nested);
  tell("after them");
  raise(SIGTRAP);
  tell("in the end");
}

static volatile sig_atomic_t during;

static void onUsrRaises(int number) {
  (void)number;
  raise(SIGTRAP);
  during = hits;
}

static void inHandler(void) {
  struct sigaction action = {.sa_handler = onUsrRaises};
  sigfillset(&action.sa_mask);
  sigaction(SIGUSR1, &action, NULL);
  act(onTrap, 0);
  here();
  raise(SIGUSR1);
  call();
  printf("hits %d, of them in the handler %d\n", (int)hits, (int)during);
}

static void *waitsInThread(void *unused) {
  sigset_t trap = only(SIGTRAP);
  int number = 0;
  for (int i = 0; i < 3; i++) {
    sigwait(&trap, &number);
    call();
    printf("thread has %d\n", number);
    fflush(stdout);
    kill(getpid(), SIGUSR2);
  }
  return unused;
}

static void threads(void) {
  sigset_t usr = only(SIGUSR2);
  pthread_t thread;
  int number;
  block(SIG_BLOCK);
  sigprocmask(SIG_BLOCK, &usr, NULL);
  pthread_create(&thread, NULL, waitsInThread, NULL);
  here();
  for (int i = 0; i < 3; i++) {
    call();
    kill(getpid(), SIGTRAP);
    sigwait(&usr, &number);
    tell("after one");
  }
  pthread_join(thread, NULL);
}

static void ignoredInt3(void) {
  act(SIG_IGN, 0);
  tell("before");
  here();
  fflush(stdout);
  int3();
}

static void blockedInt3(void) {
  act(onTrap, 0);
  block(SIG_BLOCK);
  tell("before");
  here();
  fflush(stdout);
  int3();
}

static void raises(void) {
  here();
  call();
  raise(SIGTRAP);
}

static void traps(void) {
  here();
  call();
  int3();
}

/* As the kernel tells of a step that a tracer had it make: nobody else is to send that. */
static void steps(void) {
  siginfo_t info = {.si_signo = SIGTRAP, .si_code = TRAP_TRACE};
  here();
  syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGTRAP, &info);
  tell("after a step");
}

static void ignoresInNext(void) {
  act(SIG_IGN, 0);
  call();
  fflush(stdout);
  execlp("grep", "grep", "SigIgn", "/proc/self/status", (char *)NULL);
}

static void onUsrBlocks(int number, siginfo_t *info, void *context) {
  (void)number;
  (void)info;
  sigaddset(&((ucontext_t *)context)->uc_sigmask, SIGTRAP);
}

static void blocksByContext(void) {
  struct sigaction action = {.sa_sigaction = onUsrBlocks, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, NULL);
  raise(SIGUSR1);
  tell("after it");
}

static void tells(void) { tell("begun"); }

static const struct {
  const char *name;
  void (*run)(void);
} WAYS[] = {
    {"handler", handler},     {"information", information},   {"ignored", ignored},
    {"child", handledInChild}, {"waiting", waiting},          {"sigwait", waitsForIt},
    {"signalfd", readsIt},    {"suspends", suspends},         {"once", once},
    {"others", otherHandlers}, {"threads", threads},          {"ignored-int3", ignoredInt3},
    {"blocked-int3", blockedInt3}, {"raise", raises},         {"int3", traps},
    {"in-handler", inHandler},
    {"ignored-in-next", ignoresInNext}, {"by-context", blocksByContext},
    {"thread-waits", threadsWaits}, {"process-waits", processesWaits},
    {"step", steps},          {"tell", tells},
};

int main(int argc, char **argv) {
  self = argv[0];
  stops = argc > 2;
  for (size_t i = 0; i < sizeof WAYS / sizeof *WAYS; i++) {
    if (argc < 2 || strcmp(argv[1], WAYS[i].name) != 0) continue;
    WAYS[i].run();
    fflush(stdout);
    return 0;
  }
  return 97;
}
