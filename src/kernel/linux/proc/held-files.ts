/**
 * Files whose contents come from somebody else, by FUSE (fuse(4)) or over a network: who reads a page of them that is not in
 * memory waits until that one answers. It may be a process that we trace, which does not do so while we read, or one that
 * never does.
 */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';

import { PAGE_SIZE } from '../constants.js';
import type { ProcessId } from '../../../base/ids.js';
import type { Mapping } from '../../mapping.js';
import { MappingQuery } from './mapping-query.js';
import { fetchPage } from './page-fetch.js';
import { readLinkOr, tryRead } from './proc-files.js';
import { readTracees, taskWithMemory } from './procfs.js';

/** What a file system in user space is spoken to through. */
const FUSE_DEVICE = '/dev/fuse';
/** Words of /proc/PID/pagemap, one for each page: Documentation/admin-guide/mm/pagemap.rst. */
const PAGEMAP_BYTES = 8;
const PAGEMAP_PRESENT = 1n << 63n;

/** Of proc_pid_mountinfo(5): FUSE, and what asks a server. */
const SERVED = /^(?:fuse(?:blk)?[. ]|(?:nfs4?|cifs|smb3|ceph|9p|afs|lustre) )/;
/** A mapping for whose page nobody answered is not asked again for so long. */
const LATE_HOLDS_MS = 10_000;

interface Range {
  readonly pid: ProcessId;
  readonly start: number;
  readonly end: number;
}

export class HeldFiles {
  private readonly query = new MappingQuery();
  /** Devices, as in proc_pid_maps(5), that nobody serves. */
  private readonly others = new Set<string>();
  /** The last memory that was found to be none of such a file: pages are asked for one after the other. */
  private ordinary: Range | undefined;
  /** The last mapping for which nobody answered in time, and until when that holds, ms since our start. */
  private late: (Range & { readonly until: number }) | undefined;

  /** @param tracer the thread that traces */
  constructor(private readonly tracer: number) {}

  /**
   * Does whoever reads there wait for one of our tracees, or longer than a moment for somebody else? Asked of each page
   * once. Before Linux 6.11, which cannot be asked for one mapping, the answer is no.
   */
  keepWaiting(pid: ProcessId, address: number): boolean {
    const { ordinary } = this;
    if (ordinary?.pid === pid && address >= ordinary.start && address < ordinary.end) return false;
    const mapping = this.query.at(taskWithMemory(pid), address);
    if (typeof mapping === 'string') return false;
    const [device = ''] = mapping.file.split(' ');
    if (!this.isServed(pid, device)) {
      this.ordinary = { pid, start: mapping.start, end: mapping.end };
      return false;
    }
    if (isPresent(pid, address)) return false;
    if (readTracees(this.tracer).some(servesFuse)) return true;
    return this.isLate(pid, address, mapping);
  }

  private isLate(pid: ProcessId, address: number, { start, end }: Mapping): boolean {
    const { late } = this;
    const isKnown = late?.pid === pid && address >= late.start && address < late.end;
    if (isKnown && performance.now() < late.until) return true;
    if (fetchPage(pid, address)) return false;
    this.late = { pid, start, end, until: performance.now() + LATE_HOLDS_MS };
    return true;
  }

  /** The process is another program, or has ended. */
  forget(pid: ProcessId): void {
    if (this.ordinary?.pid === pid) this.ordinary = undefined;
    if (this.late?.pid === pid) this.late = undefined;
  }

  close(): void {
    this.query.close();
  }

  /** @param device '' where no file is mapped */
  private isServed(pid: ProcessId, device: string): boolean {
    if (device === '' || this.others.has(device)) return false;
    const number = device
      .split(':')
      .map((part) => Number.parseInt(part, 16))
      .join(':');
    const isServed = servedDevices(tryRead(`/proc/${pid}/mountinfo`) ?? '').has(number);
    if (!isServed) this.others.add(device);
    return isServed;
  }
}

/**
 * @param mountinfo of proc_pid_mountinfo(5)
 * @returns MAJOR:MINOR of the file systems in user space, or of servers, decimal
 */
export function servedDevices(mountinfo: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const line of mountinfo.split('\n')) {
    const [before = '', behind = ''] = line.split(' - ');
    const device = before.split(' ')[2];
    if (device !== undefined && SERVED.test(behind)) found.add(device);
  }
  return found;
}

function isPresent(pid: ProcessId, address: number): boolean {
  const word = Buffer.alloc(PAGEMAP_BYTES);
  let file: number | undefined;
  try {
    file = openSync(`/proc/${taskWithMemory(pid)}/pagemap`, 'r');
    const page = Math.floor(address / PAGE_SIZE);
    if (readSync(file, word, 0, PAGEMAP_BYTES, page * PAGEMAP_BYTES) !== PAGEMAP_BYTES)
      return false;
    return (word.readBigUInt64LE(0) & PAGEMAP_PRESENT) !== 0n;
  } catch {
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function servesFuse(pid: ProcessId): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some(
      (file) => readLinkOr(`/proc/${pid}/fd/${file}`, '') === FUSE_DEVICE,
    );
  } catch {
    return false;
  }
}
