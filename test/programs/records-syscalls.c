/*
 * Records the system calls of programs by seccomp, which works on those that have a tracer, too.
 * "serve SOCKET FILE PROGRAM" writes to FILE each call that processes which run PROGRAM (its path) make: "PID NUMBER
 * ARGUMENTS", in their order. "run SOCKET COMMAND..." becomes COMMAND, watched with all its children by the server.
 */
#include "fixture.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

/* Signals must not end a call that waits for our answer: <linux/seccomp.h> since Linux 5.19. */
#define WAIT_KILLABLE (1UL << 5)

/* seccomp(2): a filter that asks us about every call but those of the sender before it is on its way. */
static int listenToAll(void) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_sendmsg, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return (int)syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER | WAIT_KILLABLE, &program);
}

static int withSocket(const char *path, int (*use)(int, const struct sockaddr *, socklen_t)) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int socketOf = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  if (socketOf < 0 || use(socketOf, (struct sockaddr *)&address, sizeof address) != 0) fail(path);
  return socketOf;
}

static int pass(int socket, int fd) {
  char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec data = {&byte, 1};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  if (fd >= 0) {
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    return sendmsg(socket, &message, 0) == 1 ? 0 : -1;
  }
  if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1) return -1;
  memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
  return fd;
}

static int runs(int pid, const char *program) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/%d/exe", pid);
  ssize_t size = readlink(link, path, sizeof path - 1);
  if (size < 0) return 0;
  path[size] = '\0';
  return strcmp(path, program) == 0;
}

static int run(const char *path, char **command) {
  int server = withSocket(path, connect);
  int listener = listenToAll();
  if (listener < 0 || pass(server, listener) != 0) return 98;
  fcntl(listener, F_SETFD, FD_CLOEXEC);
  execvp(command[0], command);
  return 127;
}

static int serve(const char *path, FILE *out, const char *program) {
  int server = withSocket(path, bind);
  if (listen(server, 1) != 0) fail("listen");
  printf("ready\n");
  fflush(stdout);
  int client = accept(server, NULL, NULL);
  struct pollfd listener = {.fd = pass(client, -1), .events = POLLIN};
  struct seccomp_notif call;
  for (;;) {
    if (poll(&listener, 1, -1) < 0 && errno != EINTR) return 97;
    if (listener.revents & POLLHUP) break; /* nobody is left */
    memset(&call, 0, sizeof call);
    if (ioctl(listener.fd, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) continue;
    if (runs((int)call.pid, program)) {
      fprintf(out, "%d %d", (int)call.pid, call.data.nr);
      for (int i = 0; i < 6; i++) fprintf(out, " %llx", (unsigned long long)call.data.args[i]);
      fprintf(out, "\n");
    }
    struct seccomp_notif_resp answer = {.id = call.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    ioctl(listener.fd, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }
  return fclose(out) == 0 ? 0 : 96;
}

int main(int argc, char **argv) {
  if (argc > 3 && strcmp(argv[1], "run") == 0) return run(argv[2], argv + 3);
  FILE *out = argc == 5 && strcmp(argv[1], "serve") == 0 ? fopen(argv[3], "we") : NULL;
  return out == NULL ? 99 : serve(argv[2], out, argv[4]);
}
