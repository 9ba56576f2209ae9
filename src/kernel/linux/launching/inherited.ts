/**
 * What our own process inherited and Node has changed since, so that a tracee can be started as if
 * its parent were ours.
 *
 * Node, when it starts, sets every ignored signal below 32 back to default, ignores SIGPIPE and
 * SIGXFSZ, raises the limit of open files to its maximum, and marks inherited descriptors
 * close-on-exec (src/node.cc, PlatformInit). None of that is recorded anywhere, so some of it can
 * only be concluded from our parent.
 */
import { fstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';

import {
  SIGHUP,
  SIGPIPE,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGXFSZ,
} from '../../../base/signal-numbers.js';
import { readStatus } from '../proc/procfs.js';

export interface OpenFileLimit {
  readonly soft: bigint;
  readonly hard: bigint;
}

/** What the tracee gets of what our process inherited. */
export interface Inheritance {
  readonly descriptors: readonly number[];
  readonly openFileLimit: OpenFileLimit | undefined;
  /** Bit n-1 for signal n. */
  readonly ignoredSignals: bigint;
  readonly signalMask: bigint;
}

const UNLIMITED = 0xffffffffffffffffn;
const SHELLS = /^(ba|da|z|k|mk|a|tc|c|fi|bu)?sh$/;

/** @param descriptors all that Node inherited, or only 0, 1 and 2 */
export function takeInheritance(descriptors: 'inherited' | 'standard'): Inheritance {
  return {
    descriptors: descriptors === 'standard' ? [0, 1, 2] : inheritedDescriptors(),
    openFileLimit: inheritedOpenFileLimit(),
    ignoredSignals: inheritedIgnoredSignals(),
    signalMask: inheritedSignalMask(),
  };
}

/**
 * Descriptors that were open when Node started: all but those that Node opens itself (event polls,
 * eventfds, and pipes with both ends in this process). Call it before opening files of our own.
 */
export function inheritedDescriptors(): number[] {
  const open = readdirSync('/proc/self/fd').flatMap((name) => {
    const target = readLink(`/proc/self/fd/${name}`);
    const descriptor = Number(name);
    return target === undefined || !isOpen(descriptor) ? [] : [{ descriptor, target }];
  });
  const ends = new Map<string, number>();
  for (const { target } of open) ends.set(target, (ends.get(target) ?? 0) + 1);
  const isNodes = (descriptor: number, target: string): boolean =>
    descriptor > 2 &&
    (target.startsWith('anon_inode:') || (target.startsWith('pipe:') && ends.get(target) === 2));
  return open
    .filter(({ descriptor, target }) => !isNodes(descriptor, target))
    .map(({ descriptor }) => descriptor)
    .sort((a, b) => a - b);
}

/** Of the first ancestor that is not Node itself (npx, a test runner): Node raises its own. */
export function inheritedOpenFileLimit(): OpenFileLimit | undefined {
  const ourProgram = readLink('/proc/self/exe');
  let pid = process.ppid;
  for (let generations = 0; generations < 16 && pid > 1; generations++) {
    if (readLink(`/proc/${pid}/exe`) !== ourProgram) return readOpenFileLimit(pid);
    pid = readStatus(pid)?.parent ?? 0;
  }
  return undefined;
}

/** @param limits text of /proc/PID/limits */
export function parseOpenFileLimit(limits: string): OpenFileLimit | undefined {
  const match = /^Max open files\s+(\S+)\s+(\S+)/m.exec(limits);
  const [, soft, hard] = match ?? [];
  if (soft === undefined || hard === undefined) return undefined;
  const read = (text: string): bigint => (text === 'unlimited' ? UNLIMITED : BigInt(text));
  return { soft: read(soft), hard: read(hard) };
}

/**
 * Signals that were ignored when Node started, as far as that can be known, bit n-1 for signal n.
 *
 * Real-time signals: exactly, Node leaves them alone. The others: what our parent ignores, for
 * ignoring is inherited, unless it is a shell with job control, which ignores some for itself only.
 * SIGPIPE and SIGXFSZ count only when a shell ignores them, because Node, Python and others ignore
 * them for themselves. Under nohup, SIGHUP, if the shell left nohup's path in `$_`. Not found: what
 * a process in between changed after it was forked, such as SIGINT of an asynchronous list in a
 * shell without job control.
 */
export function inheritedIgnoredSignals(): bigint {
  const parent = readStatus(process.ppid);
  return concludeIgnored({
    own: readStatus('self')?.ignored ?? 0n,
    parent: parent?.ignored ?? 0n,
    parentName: parent?.name ?? '',
    lastCommand: process.env['_'] ?? '',
  });
}

export function concludeIgnored(facts: {
  readonly own: bigint;
  readonly parent: bigint;
  readonly parentName: string;
  readonly lastCommand: string;
}): bigint {
  const realtime = facts.own & ~0x7fffffffn;
  const jobControl = bit(SIGTSTP) | bit(SIGTTIN) | bit(SIGTTOU);
  let standard = 0n;
  if ((facts.parent & jobControl) === 0n) {
    standard = facts.parent & 0x7fffffffn;
    if (!SHELLS.test(facts.parentName)) standard &= ~(bit(SIGPIPE) | bit(SIGXFSZ));
  }
  if (facts.lastCommand.endsWith('/nohup')) standard |= bit(SIGHUP);
  return realtime | standard;
}

/** `NAME=value` as they came, also where they are not UTF-8; process.env would replace such bytes. */
export function inheritedEnvironment(): Uint8Array[] {
  return splitAtNul(readFileSync('/proc/self/environ'));
}

/** The arguments of our own process as they came, the interpreter's first. */
export function inheritedArguments(): Uint8Array[] {
  return splitAtNul(readFileSync('/proc/self/cmdline'));
}

/** The signal mask of the main thread, which nothing in Node changes. */
export function inheritedSignalMask(): bigint {
  return readStatus('self')?.blocked ?? 0n;
}

/** Each string is ended by a NUL. */
export function splitAtNul(bytes: Uint8Array): Uint8Array[] {
  const strings: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const nul = bytes.indexOf(0, start);
    const end = nul < 0 ? bytes.length : nul;
    strings.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return strings;
}

function readOpenFileLimit(pid: number): OpenFileLimit | undefined {
  try {
    return parseOpenFileLimit(readFileSync(`/proc/${pid}/limits`, 'latin1'));
  } catch {
    return undefined;
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** False for the descriptor of the directory listing itself, closed by now. */
function isOpen(descriptor: number): boolean {
  try {
    fstatSync(descriptor);
    return true;
  } catch {
    return false;
  }
}

function bit(signal: number): bigint {
  return 1n << BigInt(signal - 1);
}
