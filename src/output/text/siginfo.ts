/** What came with a signal, in braces, as strace(1) shows a siginfo_t. */
import { signalName } from '../../base/signal-names.js';
import type { SignalEvent } from '../../trace/event.js';
import { formatHex } from './format-number.js';

/** <asm-generic/siginfo.h>: for every signal. */
const COMMON_CODES: Readonly<Record<string, string>> = {
  '0': 'SI_USER',
  '128': 'SI_KERNEL',
  '-1': 'SI_QUEUE',
  '-2': 'SI_TIMER',
  '-3': 'SI_MESGQ',
  '-4': 'SI_ASYNCIO',
  '-5': 'SI_SIGIO',
  '-6': 'SI_TKILL',
  '-7': 'SI_DETHREAD',
  '-60': 'SI_ASYNCNL',
};

/** By signal, si_code 1 first; <asm-generic/siginfo.h>. */
const CODES: Readonly<Record<number, readonly string[]>> = {
  4: names('ILL', 'ILLOPC ILLOPN ILLADR ILLTRP PRVOPC PRVREG COPROC BADSTK BADIADDR'),
  5: names('TRAP', 'BRKPT TRACE BRANCH HWBKPT UNK PERF'),
  7: names('BUS', 'ADRALN ADRERR OBJERR MCEERR_AR MCEERR_AO'),
  8: names('FPE', 'INTDIV INTOVF FLTDIV FLTOVF FLTUND FLTRES FLTINV FLTSUB'),
  11: names('SEGV', 'MAPERR ACCERR BNDERR PKUERR ACCADI ADIDERR ADIPERR MTEAERR MTESERR CPERR'),
  17: names('CLD', 'EXITED KILLED DUMPED TRAPPED STOPPED CONTINUED'),
  29: names('POLL', 'IN OUT MSG ERR PRI HUP'),
  31: names('SYS', 'SECCOMP USER_DISPATCH'),
};

/** si_code of SIGCHLD for a child that exited: only then si_status is no signal. */
const CLD_EXITED = 1;

function names(prefix: string, endings: string): readonly string[] {
  return endings.split(' ').map((ending) => `${prefix}_${ending}`);
}

/** `{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x10}` */
export function formatSiginfo(event: SignalEvent): string {
  const fields = [
    `si_signo=${signalName(event.signal)}`,
    `si_code=${codeName(event)}`,
    ...senderFields(event),
    ...otherFields(event),
  ];
  return `{${fields.join(', ')}}`;
}

function codeName({ signal, code }: SignalEvent): string {
  return CODES[signal]?.[code - 1] ?? COMMON_CODES[`${code}`] ?? `${code}`;
}

function senderFields({ sender, senderUser, child, code }: SignalEvent): readonly string[] {
  if (sender === undefined) return [];
  const user = senderUser === undefined ? [] : [`si_uid=${senderUser}`];
  if (child === undefined) return [`si_pid=${sender}`, ...user];
  const { status, userTicks, systemTicks } = child;
  const how = code === CLD_EXITED ? `${status}` : signalName(status);
  const times = [`si_utime=${userTicks}`, `si_stime=${systemTicks}`];
  return [`si_pid=${sender}`, ...user, `si_status=${how}`, ...times];
}

function otherFields(event: SignalEvent): readonly string[] {
  const { timer, value, faultAddress, descriptor, refusedSyscall } = event;
  const fields: string[] = [];
  if (timer !== undefined) fields.push(`si_timerid=${timer.id}`, `si_overrun=${timer.overrun}`);
  if (value !== undefined) {
    fields.push(`si_int=${BigInt.asIntN(32, BigInt(value))}`, `si_ptr=${pointer(value)}`);
  }
  if (faultAddress !== undefined) fields.push(`si_addr=${pointer(faultAddress)}`);
  if (descriptor !== undefined) {
    fields.push(`si_band=${descriptor.band}`, `si_fd=${descriptor.number}`);
  }
  if (refusedSyscall !== undefined) {
    const { number, architecture, at } = refusedSyscall;
    fields.push(`si_call_addr=${pointer(at)}`, `si_syscall=${number}`);
    fields.push(`si_arch=${formatHex(architecture, 32)}`);
  }
  return fields;
}

function pointer(value: number | bigint): string {
  return value == 0 ? 'NULL' : formatHex(value, 64);
}
