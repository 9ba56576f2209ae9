/** What /proc says about processes: reading the files, and parsing them (pure, exported for tests). */
import { readlinkSync } from 'node:fs';

import { toProcessId, toThreadId, type ProcessId, type ThreadId } from '../../../base/ids.js';
import { TraceeGone } from '../../../base/errors.js';
import type { Mapping } from '../../mapping.js';
import type { ProcessStatus } from '../../proc.js';
import { compareMemory } from '../libc.js';
import { readLinkOr, tryRead, tryReaddir } from './proc-files.js';

/** undefined when there is no such process. */
export function readStatus(id: number | 'self'): ProcessStatus | undefined {
  const text = tryRead(`/proc/${id}/status`, 'utf8');
  return text === undefined ? undefined : parseStatus(text);
}

/**
 * The task of the process whose files in /proc show its memory, program and descriptors: its first thread, or
 * another when that one has ended already (pthread_exit in main). A thread that has ended has nothing to show.
 */
export function taskWithMemory(pid: number): number {
  if (readLinkOr(`/proc/${pid}/exe`) !== '') return pid;
  const others = (tryReaddir(`/proc/${pid}/task`) ?? []).map(Number);
  return others.find((tid) => readLinkOr(`/proc/${tid}/exe`) !== '') ?? pid;
}

export function readMappings(pid: number): Mapping[] {
  return parseMappings(read(`/proc/${taskWithMemory(pid)}/maps`, pid));
}

export function readAuxiliaryVector(pid: ProcessId): Uint8Array {
  return Uint8Array.from(Buffer.from(read(`/proc/${taskWithMemory(pid)}/auxv`, pid), 'latin1'));
}

export function readThreads(pid: ProcessId): ThreadId[] {
  const names = tryReaddir(`/proc/${pid}/task`);
  if (names === undefined) throw new TraceeGone(pid);
  return names.map((name) => toThreadId(Number(name)));
}

/** Other processes that run in the same memory, as far as the system tells (CONFIG_KCMP). */
export function readSharers(pid: ProcessId): ProcessId[] {
  const task = taskWithMemory(pid);
  return readProcessIds()
    .filter((id) => id !== pid && compareMemory(task, id) === 0)
    .map(toProcessId);
}

/** Of all processes that /proc shows. */
export function readProcessIds(): number[] {
  return (tryReaddir('/proc') ?? []).map(Number).filter((id) => id > 0);
}

/** Processes whose first thread is traced by that thread. */
export function readTracees(tracer: number): ProcessId[] {
  return readProcessIds()
    .filter((id) => readStatus(id)?.tracer === tracer)
    .map(toProcessId);
}

/**
 * As the kernel shows it, ` (deleted)` included; the kernel's name for the process where we may not see it.
 * @throws TraceeGone when the process has ended
 */
export function readExecutablePath(pid: ProcessId): string {
  try {
    return readlinkSync(`/proc/${taskWithMemory(pid)}/exe`);
  } catch (error) {
    // Without memory there is no link: ENOENT, also for a zombie. EACCES: there is one that we may not read.
    const isDenied = error instanceof Error && 'code' in error && error.code === 'EACCES';
    if (isDenied) return tryRead(`/proc/${pid}/comm`, 'utf8')?.trimEnd() ?? '';
    throw new TraceeGone(pid);
  }
}

/** Time on a CPU, ns: the first field of schedstat (Documentation/scheduler/sched-stats.rst). */
export function readCpuTime(tid: ThreadId): number {
  const text = tryRead(`/proc/${tid}/schedstat`);
  return text === undefined ? 0 : Number(text.slice(0, text.indexOf(' ')));
}

/** @param text /proc/PID/status; see proc_pid_status(5) */
export function parseStatus(text: string): ProcessStatus {
  return new StatusText(text);
}

/** Fields are looked for when they are asked for: with hundreds of threads, usually one of each. */
class StatusText implements ProcessStatus {
  private readonly lines: string;

  constructor(text: string) {
    this.lines = `\n${text}`;
  }

  get name(): string {
    return fieldOf(this.lines, 'Name') ?? '';
  }

  get state(): string {
    return (fieldOf(this.lines, 'State') ?? '?').charAt(0);
  }

  get processId(): ProcessId {
    return toProcessId(this.number('Tgid'));
  }

  get parent(): number {
    return this.number('PPid');
  }

  get tracer(): number {
    return this.number('TracerPid');
  }

  get uid(): number {
    return this.number('Uid');
  }

  get pending(): bigint {
    return this.mask('SigPnd');
  }

  get sharedPending(): bigint {
    return this.mask('ShdPnd');
  }

  get blocked(): bigint {
    return this.mask('SigBlk');
  }

  get ignored(): bigint {
    return this.mask('SigIgn');
  }

  get caught(): bigint {
    return this.mask('SigCgt');
  }

  private number(name: string): number {
    return Number.parseInt(fieldOf(this.lines, name) ?? '0', 10);
  }

  private mask(name: string): bigint {
    return BigInt(`0x${fieldOf(this.lines, name) ?? '0'}`);
  }
}

/**
 * Looked for and not split: a process may have hundreds of threads, and the file has sixty lines.
 *
 * @param text /proc/PID/status after a newline
 */
export function fieldOf(text: string, name: string): string | undefined {
  const label = `\n${name}:`;
  const at = text.indexOf(label);
  if (at === -1) return undefined;
  const start = at + label.length;
  const end = text.indexOf('\n', start);
  return text.slice(start, end === -1 ? undefined : end).trim();
}

/** Addresses, rights, offset, device, inode, path. */
const MAPPING = /^([0-9a-f]+)-([0-9a-f]+) \S{2}(\S)\S ([0-9a-f]+) (\S+ (\d+)) *(.*)$/;

/** @param text /proc/PID/maps, one Latin-1 character per byte; see proc_pid_maps(5) */
export function parseMappings(text: string): Mapping[] {
  const mappings: Mapping[] = [];
  // The segments of one file stand together.
  let encoded = '';
  let decoded = '';
  for (const line of text.split('\n')) {
    const match = MAPPING.exec(line);
    if (match === null) continue;
    const [, start = '', end = '', execute = '', offset = '', file = '', inode = '', path = ''] =
      match;
    if (path !== encoded) {
      encoded = path;
      decoded = decodePath(path);
    }
    mappings.push({
      start: Number.parseInt(start, 16),
      end: Number.parseInt(end, 16),
      executable: execute === 'x',
      path: decoded,
      offset: Number.parseInt(offset, 16),
      file: inode === '0' ? '' : file,
    });
  }
  return mappings;
}

/** The kernel writes a newline in a path as `\012`, and nothing else so. */
function decodePath(path: string): string {
  const text = path.replaceAll('\\012', '\n');
  return Buffer.from(text, 'latin1').toString('utf8');
}

function read(path: string, pid: number): string {
  const text = tryRead(path);
  if (text === undefined) throw new TraceeGone(pid);
  return text;
}
