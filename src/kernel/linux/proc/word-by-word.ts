/** Memory of a stopped thread by ptrace(2), a word at a time: for what does not let itself be opened. */
import { PTRACE_PEEKDATA, PTRACE_POKEDATA } from '../constants.js';
import { clearErrno, errno, ptracePeek, ptracePoke } from '../libc.js';

const WORD = 8;

/** Word by word; needs the thread to be stopped. Returns how many bytes were read. */
export function peekBytes(pid: number, address: number, into: Uint8Array): number {
  const word = new DataView(new ArrayBuffer(WORD));
  for (let done = 0; done < into.length;) {
    const skip = (address + done) % WORD;
    const value = peekWord(pid, address + done - skip);
    if (value === undefined) return done;
    word.setBigUint64(0, value, true);
    const count = Math.min(WORD - skip, into.length - done);
    for (let i = 0; i < count; i++) into[done + i] = word.getUint8(skip + i);
    done += count;
  }
  return into.length;
}

/** Word by word; needs the thread to be stopped. False when a word was refused. */
export function pokeBytes(pid: number, address: number, bytes: Uint8Array): boolean {
  const word = new DataView(new ArrayBuffer(WORD));
  for (let done = 0; done < bytes.length;) {
    const skip = (address + done) % WORD;
    const aligned = address + done - skip;
    const count = Math.min(WORD - skip, bytes.length - done);
    const old = peekWord(pid, aligned);
    if (old === undefined) return false;
    word.setBigUint64(0, old, true);
    for (let i = 0; i < count; i++) word.setUint8(skip + i, bytes[done + i] ?? 0);
    const value = word.getBigInt64(0, true);
    if (ptracePoke(PTRACE_POKEDATA, pid, aligned, value) !== 0) return false;
    done += count;
  }
  return true;
}

function peekWord(pid: number, aligned: number): bigint | undefined {
  clearErrno();
  const value = ptracePeek(PTRACE_PEEKDATA, pid, aligned, 0);
  if (errno() !== 0) return undefined;
  return BigInt.asUintN(64, BigInt(value));
}
