/** The classes of `--syscalls`, each with what the manual pages say takes part in it. */

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

export const SYSCALL_CLASSES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  // Take the name of a file.
  [
    'file',
    words(`access acct chdir chmod chown chown32 chroot creat execve execveat faccessat faccessat2
      fanotify_mark fchmodat fchmodat2 fchownat fsconfig fspick fstatat64 fstatfs futimesat getcwd
      getxattr getxattrat inotify_add_watch lchown lchown32 lgetxattr link linkat listxattr listxattrat
      llistxattr lremovexattr lsetxattr lstat lstat64 mkdir mkdirat mknod mknodat mount mount_setattr
      move_mount name_to_handle_at newfstatat oldlstat oldstat open open_tree openat openat2 pivot_root
      quotactl readlink readlinkat removexattr removexattrat rename renameat renameat2 rmdir setxattr
      setxattrat stat stat64 statfs statfs64 statx swapoff swapon symlink symlinkat truncate truncate64
      umount umount2 unlink unlinkat uselib utime utimensat utimensat_time64 utimes`),
  ],
  // Take or give a file descriptor.
  [
    'desc',
    words(`accept accept4 bind close close_range connect copy_file_range dup dup2 dup3 epoll_create
      epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 fadvise64 fallocate
      fanotify_init fchdir fchmod fchown fchown32 fcntl fcntl64 fdatasync fgetxattr flistxattr flock
      fremovexattr fsetxattr fstat fstat64 fsync ftruncate ftruncate64 getdents getdents64 getpeername
      getsockname getsockopt inotify_init inotify_init1 inotify_rm_watch io_uring_enter
      io_uring_register io_uring_setup ioctl listen lseek _llseek memfd_create mmap mmap2 open openat
      openat2 creat pidfd_getfd pidfd_open pidfd_send_signal pipe pipe2 poll ppoll pread64 preadv
      preadv2 pselect6 pwrite64 pwritev pwritev2 read readahead readv recvfrom recvmmsg recvmsg
      select _newselect sendfile sendfile64 sendmmsg sendmsg sendto setns setsockopt shutdown
      signalfd signalfd4 socket socketpair splice sync_file_range syncfs tee timerfd_create
      timerfd_gettime timerfd_settime userfaultfd vmsplice write writev`),
  ],
  // Begin, end or wait for processes.
  [
    'process',
    words(`clone clone3 execve execveat exit exit_group fork kill pidfd_open pidfd_send_signal
      rt_sigqueueinfo rt_tgsigqueueinfo tgkill tkill vfork wait4 waitid waitpid`),
  ],
  [
    'network',
    words(`accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg
      recvmmsg_time64 recvmsg sendmmsg sendmsg sendto setsockopt shutdown socket socketcall
      socketpair`),
  ],
  [
    'signal',
    words(`kill pause rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
      rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sgetmask sigaction
      sigaltstack signal signalfd signalfd4 sigpending sigprocmask sigreturn sigsuspend ssetmask tgkill
      tkill pidfd_send_signal`),
  ],
  // System V and POSIX: queues, semaphores, shared memory.
  [
    'ipc',
    words(`ipc msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat
      shmctl shmdt shmget mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr`),
  ],
  [
    'memory',
    words(`brk get_mempolicy madvise map_shadow_stack mbind memfd_create memfd_secret migrate_pages
      mincore mlock mlock2 mlockall mmap mmap2 move_pages mprotect mremap mseal msync munlock munlockall
      munmap pkey_alloc pkey_free pkey_mprotect process_madvise process_mrelease remap_file_pages
      set_mempolicy set_mempolicy_home_node shmat shmdt`),
  ],
  // User and group ids, capabilities.
  [
    'creds',
    words(`capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32
      getresgid getresgid32 getresuid getresuid32 getuid getuid32 prctl setfsgid setfsgid32 setfsuid
      setfsuid32 setgid setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32
      setresuid setresuid32 setreuid setreuid32 setuid setuid32`),
  ],
  // Read or set a clock.
  [
    'clock',
    words(`adjtimex clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime
      clock_gettime64 clock_settime clock_settime64 gettimeofday settimeofday stime time`),
  ],
]);
