/** What a siginfo_t says, sigaction(2): which fields there are depends on the signal and its si_code. */
import { exactWord, toAddress, wordAsNumber, type Address } from '../../base/address.js';
import { toProcessId } from '../../base/ids.js';
import { SIGCHLD, SIGPOLL, SIGSYS } from '../../base/signal-numbers.js';
import type { SignalEvent } from '../../trace/event.js';
import { FAULTS, signalCode } from './faults.js';

export type SignalOrigin = Omit<SignalEvent, 'kind' | 'pid' | 'tid' | 'at' | 'signal' | 'pc'>;

// Offsets in siginfo_t of 64-bit Linux, <asm-generic/siginfo.h>; the kernel gives it in this form for every tracee.
const SI_PID = 16;
const SI_UID = 20;
const SI_VALUE = 24;
const SI_TIMER_ID = 16;
const SI_OVERRUN = 20;
const SI_STATUS = 24;
/** clock_t: ticks of a hundredth of a second. */
const SI_UTIME = 32;
const SI_STIME = 40;
const SI_ADDR = 16;
/** A long of which poll(2) uses 16 bits. */
const SI_BAND = 16;
const SI_FD = 24;
const SI_CALL_ADDR = 16;
const SI_SYSCALL = 24;
const SI_ARCH = 28;

const SI_QUEUE = -1;
const SI_TIMER = -2;
const SI_MESGQ = -3;
const SI_ASYNCIO = -4;
const SI_SIGIO = -5;
/** Raised by the kernel for no process: nothing else is filled in. */
const SI_KERNEL = 0x80;

export function originOf(signal: number, info: Uint8Array | undefined): SignalOrigin {
  if (info === undefined) return { code: 0 };
  const code = signalCode(info);
  const view = new DataView(info.buffer, info.byteOffset, info.byteLength);
  return { code, ...(code > 0 ? byKernel(signal, code, view) : byProcess(code, view)) };
}

function byProcess(code: number, view: DataView): Partial<SignalOrigin> {
  if (code === SI_TIMER) {
    const timer = {
      id: view.getInt32(SI_TIMER_ID, true),
      overrun: view.getInt32(SI_OVERRUN, true),
    };
    return { timer, value: wordAt(view, SI_VALUE) };
  }
  if (code === SI_SIGIO) return descriptorOf(view);
  const isWithValue = code === SI_QUEUE || code === SI_MESGQ || code === SI_ASYNCIO;
  return { ...senderOf(view), ...(isWithValue && { value: wordAt(view, SI_VALUE) }) };
}

function byKernel(signal: number, code: number, view: DataView): Partial<SignalOrigin> {
  if (FAULTS.has(signal)) return { faultAddress: addressAt(view, SI_ADDR) };
  if (code === SI_KERNEL) return {};
  if (signal === SIGCHLD) {
    const child = {
      status: view.getInt32(SI_STATUS, true),
      userTicks: wordAsNumber(view, SI_UTIME),
      systemTicks: wordAsNumber(view, SI_STIME),
    };
    return { ...senderOf(view), child };
  }
  if (signal === SIGPOLL) return descriptorOf(view);
  if (signal === SIGSYS) {
    return {
      refusedSyscall: {
        number: view.getInt32(SI_SYSCALL, true),
        architecture: view.getUint32(SI_ARCH, true),
        at: addressAt(view, SI_CALL_ADDR),
      },
    };
  }
  return {};
}

function senderOf(view: DataView): Pick<SignalOrigin, 'sender' | 'senderUser'> {
  return {
    sender: toProcessId(view.getInt32(SI_PID, true)),
    senderUser: view.getUint32(SI_UID, true),
  };
}

function descriptorOf(view: DataView): Pick<SignalOrigin, 'descriptor'> {
  const band = view.getInt32(SI_BAND, true);
  return { descriptor: { number: view.getInt32(SI_FD, true), band } };
}

/** A program that went astray may be anywhere, also above 2^53. */
function addressAt(view: DataView, offset: number): Address | bigint {
  const word = wordAt(view, offset);
  return typeof word === 'number' ? toAddress(word) : word;
}

function wordAt(view: DataView, offset: number): number | bigint {
  return exactWord(view, offset);
}
