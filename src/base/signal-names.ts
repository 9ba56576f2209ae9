/**
 * Signal numbers of Linux: names and the C library's texts for them.
 *
 * The numbers are those of x86 and AArch64 (signal(7), "Signal numbering for standard signals").
 */

/** Real-time signals run from here (the kernel's SIGRTMIN; glibc keeps 32 and 33 for itself) … */
export const FIRST_REALTIME_SIGNAL = 32;
/** … to here, inclusive. */
export const LAST_SIGNAL = 64;
/** What programs see as SIGRTMIN: glibc takes the first two real-time signals away. */
const LIBC_SIGRTMIN = 34;

/**
 * `SIGINT` for 2. Real-time signals are `SIGRTMIN+n`, counted from the 34 that programs see; the two
 * below it, which threads libraries use, are `SIGRT_32` and `SIGRT_33`. Numbers that are no signal: `SIG_n`.
 */
export function signalName(signal: number): string {
  const standard = BY_NUMBER.get(signal);
  if (standard !== undefined) return standard.name;
  if (signal < FIRST_REALTIME_SIGNAL || signal > LAST_SIGNAL) return `SIG_${signal}`;
  if (signal < LIBC_SIGRTMIN) return `SIGRT_${signal}`;
  return signal === LIBC_SIGRTMIN ? 'SIGRTMIN' : `SIGRTMIN+${signal - LIBC_SIGRTMIN}`;
}

/** What strsignal(3) says for the number. */
export function signalText(signal: number): string {
  const standard = BY_NUMBER.get(signal);
  if (standard !== undefined) return standard.text;
  if (signal >= LIBC_SIGRTMIN && signal <= LAST_SIGNAL) {
    return `Real-time signal ${signal - LIBC_SIGRTMIN}`;
  }
  return `Unknown signal ${signal}`;
}

/**
 * The number for `SIGINT`, `INT`, `int`, `SIGRTMIN+3`, `SIGRTMAX-1`, `SIGRT_35` or `2`; undefined for
 * anything that names no signal.
 */
export function signalNumber(name: string): number | undefined {
  const upper = name.toUpperCase();
  const bare = upper.startsWith('SIG') ? upper.slice(3) : upper;
  const standard = NUMBER_BY_BARE_NAME.get(bare);
  if (standard !== undefined) return standard;
  const number = realtimeNumber(bare) ?? (/^\d{1,2}$/.test(upper) ? Number(upper) : undefined);
  return number !== undefined && number >= 1 && number <= LAST_SIGNAL ? number : undefined;
}

function realtimeNumber(bare: string): number | undefined {
  const match = /^(RTMIN|RTMAX|RT_)([+-]?)(\d{0,2})$/.exec(bare);
  if (match === null) return undefined;
  const [, base = '', sign = '', digits = ''] = match;
  if (base === 'RT_') {
    const number = Number(digits);
    return sign === '' && number >= FIRST_REALTIME_SIGNAL ? number : undefined;
  }
  if ((sign === '') !== (digits === '')) return undefined;
  const offset = Number(digits) * (sign === '-' ? -1 : 1);
  const number = (base === 'RTMIN' ? LIBC_SIGRTMIN : LAST_SIGNAL) + offset;
  return number >= LIBC_SIGRTMIN ? number : undefined;
}

const TABLE: readonly (readonly [number: number, name: string, text: string])[] = [
  [1, 'SIGHUP', 'Hangup'],
  [2, 'SIGINT', 'Interrupt'],
  [3, 'SIGQUIT', 'Quit'],
  [4, 'SIGILL', 'Illegal instruction'],
  [5, 'SIGTRAP', 'Trace/breakpoint trap'],
  [6, 'SIGABRT', 'Aborted'],
  [7, 'SIGBUS', 'Bus error'],
  [8, 'SIGFPE', 'Floating point exception'],
  [9, 'SIGKILL', 'Killed'],
  [10, 'SIGUSR1', 'User defined signal 1'],
  [11, 'SIGSEGV', 'Segmentation fault'],
  [12, 'SIGUSR2', 'User defined signal 2'],
  [13, 'SIGPIPE', 'Broken pipe'],
  [14, 'SIGALRM', 'Alarm clock'],
  [15, 'SIGTERM', 'Terminated'],
  [16, 'SIGSTKFLT', 'Stack fault'],
  [17, 'SIGCHLD', 'Child exited'],
  [18, 'SIGCONT', 'Continued'],
  [19, 'SIGSTOP', 'Stopped (signal)'],
  [20, 'SIGTSTP', 'Stopped'],
  [21, 'SIGTTIN', 'Stopped (tty input)'],
  [22, 'SIGTTOU', 'Stopped (tty output)'],
  [23, 'SIGURG', 'Urgent I/O condition'],
  [24, 'SIGXCPU', 'CPU time limit exceeded'],
  [25, 'SIGXFSZ', 'File size limit exceeded'],
  [26, 'SIGVTALRM', 'Virtual timer expired'],
  [27, 'SIGPROF', 'Profiling timer expired'],
  [28, 'SIGWINCH', 'Window changed'],
  [29, 'SIGIO', 'I/O possible'],
  [30, 'SIGPWR', 'Power failure'],
  [31, 'SIGSYS', 'Bad system call'],
];

const ALIASES: readonly (readonly [string, number])[] = [
  ['IOT', 6],
  ['CLD', 17],
  ['POLL', 29],
];

const BY_NUMBER: ReadonlyMap<number, { readonly name: string; readonly text: string }> = new Map(
  TABLE.map(([number, name, text]) => [number, { name, text }]),
);

const NUMBER_BY_BARE_NAME: ReadonlyMap<string, number> = new Map([
  ...TABLE.map(([number, name]): [string, number] => [name.slice(3), number]),
  ...ALIASES,
]);
