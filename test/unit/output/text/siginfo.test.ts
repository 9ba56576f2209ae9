import { toAddress } from '../../../../src/base/address.js';
import { toProcessId } from '../../../../src/base/ids.js';
import { formatSiginfo } from '../../../../src/output/text/siginfo.js';
import type { SignalEvent } from '../../../../src/trace/event.js';
import { at, site } from '../sample-events.js';

type Info = Omit<SignalEvent, 'kind' | 'pid' | 'tid' | 'at' | 'pc'>;
const said = (info: Info): string =>
  formatSiginfo({ kind: 'signal', ...at(1, 1), pc: site(), ...info });
const by = { sender: toProcessId(42), senderUser: 1000 };

/** The right-hand side is what strace 6.1 prints for the same siginfo_t. */
describe('a siginfo_t is shown as strace shows it', () => {
  it.each<[string, Info, string]>([
    [
      'kill',
      { signal: 10, code: 0, ...by },
      'si_signo=SIGUSR1, si_code=SI_USER, si_pid=42, si_uid=1000',
    ],
    [
      'tgkill',
      { signal: 6, code: -6, ...by },
      'si_signo=SIGABRT, si_code=SI_TKILL, si_pid=42, si_uid=1000',
    ],
    [
      'sigqueue',
      { signal: 10, code: -1, ...by, value: 0xffffffffn },
      'si_signo=SIGUSR1, si_code=SI_QUEUE, si_pid=42, si_uid=1000, si_int=-1, si_ptr=0xffffffff',
    ],
    [
      'a timer',
      { signal: 14, code: -2, timer: { id: 3, overrun: 1 }, value: 0 },
      'si_signo=SIGALRM, si_code=SI_TIMER, si_timerid=3, si_overrun=1, si_int=0, si_ptr=NULL',
    ],
    [
      'a child that exited',
      { signal: 17, code: 1, ...by, child: { status: 3, userTicks: 5, systemTicks: 6 } },
      'si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=42, si_uid=1000, si_status=3, si_utime=5, si_stime=6',
    ],
    [
      'a child that was killed',
      { signal: 17, code: 2, ...by, child: { status: 9, userTicks: 0, systemTicks: 0 } },
      'si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=42, si_uid=1000, si_status=SIGKILL, si_utime=0, si_stime=0',
    ],
    [
      'nothing mapped',
      { signal: 11, code: 1, faultAddress: toAddress(16) },
      'si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x10',
    ],
    [
      'a null pointer',
      { signal: 11, code: 1, faultAddress: toAddress(0) },
      'si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL',
    ],
    [
      'beyond the user part',
      { signal: 7, code: 2, faultAddress: 2n ** 64n - 1n },
      'si_signo=SIGBUS, si_code=BUS_ADRERR, si_addr=0xffffffffffffffff',
    ],
    ['a breakpoint', { signal: 5, code: 128 }, 'si_signo=SIGTRAP, si_code=SI_KERNEL'],
    [
      'a filter of system calls',
      {
        signal: 31,
        code: 1,
        refusedSyscall: { number: 39, architecture: 0xc000003e, at: 0x401000 as never },
      },
      'si_signo=SIGSYS, si_code=SYS_SECCOMP, si_call_addr=0x401000, si_syscall=39, si_arch=0xc000003e',
    ],
    ['a code that nobody knows', { signal: 10, code: 77 }, 'si_signo=SIGUSR1, si_code=77'],
  ])('%s', (_, info, expected) => {
    expect(said(info)).toBe(`{${expected}}`);
  });
});
