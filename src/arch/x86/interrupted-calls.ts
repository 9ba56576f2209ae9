/** What becomes of a system call when the thread that waits in it is merely stopped: signal(7). */
import type { InterruptedCalls } from '../arch.js';

/** Where a call has its timeout, and what says that there is none. */
type Timeout = { readonly argument: number; readonly none: 'negative-int' | 'null' };

interface Numbers {
  readonly seamless: readonly number[];
  readonly timed: ReadonlyMap<number, Timeout>;
  readonly repeated: readonly number[];
}

/** <asm/unistd_64.h> */
const X86_64: Numbers = {
  seamless: [
    7, // poll
    23, // select
    34, // pause
    35, // nanosleep
    61, // wait4
    65, // semop
    69, // msgsnd
    70, // msgrcv
    73, // flock
    130, // rt_sigsuspend
    202, // futex
    219, // restart_syscall
    230, // clock_nanosleep
    242, // mq_timedsend: until a moment
    243, // mq_timedreceive
    247, // waitid
    270, // pselect6
    271, // ppoll
    449, // futex_waitv
    455, // futex_wait
  ],
  timed: new Map<number, Timeout>([
    [128, { argument: 2, none: 'null' }], // rt_sigtimedwait
    [208, { argument: 4, none: 'null' }], // io_getevents
    [220, { argument: 3, none: 'null' }], // semtimedop
    [232, { argument: 3, none: 'negative-int' }], // epoll_wait
    [281, { argument: 3, none: 'negative-int' }], // epoll_pwait
    [333, { argument: 4, none: 'null' }], // io_pgetevents
    [441, { argument: 3, none: 'null' }], // epoll_pwait2
  ]),
  repeated: [
    0, // read
    1, // write
    19, // readv
    20, // writev
    42, // connect
    43, // accept
    44, // sendto
    45, // recvfrom
    46, // sendmsg
    47, // recvmsg
    65, // semop
    285, // fallocate
    288, // accept4
    299, // recvmmsg
    307, // sendmmsg
    426, // io_uring_enter
  ],
};

/** <asm/unistd_32.h> */
const I386: Numbers = {
  seamless: [
    0, // restart_syscall
    7, // waitpid
    29, // pause
    72, // sigsuspend
    82, // select
    114, // wait4
    142, // _newselect
    143, // flock
    162, // nanosleep
    168, // poll
    179, // rt_sigsuspend
    240, // futex
    267, // clock_nanosleep
    284, // waitid
    308, // pselect6
    309, // ppoll
    407, // clock_nanosleep_time64
    413, // pselect6_time64
    414, // ppoll_time64
    422, // futex_time64
    449, // futex_waitv
  ],
  timed: new Map<number, Timeout>([
    [177, { argument: 2, none: 'null' }], // rt_sigtimedwait
    [247, { argument: 4, none: 'null' }], // io_getevents
    [256, { argument: 3, none: 'negative-int' }], // epoll_wait
    [319, { argument: 3, none: 'negative-int' }], // epoll_pwait
    [385, { argument: 4, none: 'null' }], // io_pgetevents
    [416, { argument: 4, none: 'null' }], // io_pgetevents_time64
    [420, { argument: 3, none: 'null' }], // semtimedop_time64
    [421, { argument: 2, none: 'null' }], // rt_sigtimedwait_time64
    [441, { argument: 3, none: 'null' }], // epoll_pwait2
  ]),
  repeated: [
    3, // read
    4, // write
    102, // socketcall
    117, // ipc: semop, semtimedop
    145, // readv
    146, // writev
    324, // fallocate
    337, // recvmmsg
    345, // sendmmsg
    362, // connect
    364, // accept4
    369, // sendto
    370, // sendmsg
    371, // recvfrom
    372, // recvmsg
    417, // recvmmsg_time64
    426, // io_uring_enter
  ],
};

export const interruptedCalls64 = interruptedCalls(X86_64);
export const interruptedCalls32 = interruptedCalls(I386);

function interruptedCalls({ seamless, timed, repeated }: Numbers): InterruptedCalls {
  const isSeamless = new Set(seamless);
  const isRepeated = new Set([...repeated, ...timed.keys()]);
  return {
    mayBeMadeAgain: (number) => isRepeated.has(number),
    isSeamless: ({ number, args }) => {
      const timeout = timed.get(number);
      if (timeout === undefined) return isSeamless.has(number);
      const value = args[timeout.argument] ?? 0n;
      return timeout.none === 'null' ? value === 0n : BigInt.asIntN(32, value) < 0n;
    },
  };
}
