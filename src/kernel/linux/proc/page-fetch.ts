/**
 * Has a page of a process brought into memory by another thread of ours, which may be left waiting: whoever reads a file of
 * a file system in user space, or of a server, waits for whoever serves it, and often cannot be called back (fuse(4),
 * nfs(5)). It holds no lock of the process meanwhile (process_vm_readv(2) gives it back while it waits).
 */
import type { ProcessId } from '../../../base/ids.js';
import { setWord } from '../../../base/address.js';
import { pause } from '../../../base/pause.js';
import { PAGE_SIZE } from '../constants.js';
import { processVmReadvAside } from '../libc.js';
import { NativeBlock } from '../native-memory.js';
import { endAtOnce } from '../ourselves/ending.js';
import { Stopwatch } from '../ourselves/stopwatch.js';
import { taskWithMemory } from './procfs.js';

/** A slow server answers within that time. */
const LONGEST_MS = 1000;
/** Node has four threads for such calls; whoever waits in one keeps it. */
const MOST_WAITING = 3;
const WORD = 8;
/** Offsets in the memory of a read: the struct iovec of both sides, and the word. */
const LOCAL = 0;
const REMOTE = 16;
const INTO = 32;
/** Stands there until something is read. Where the page has the same, that is taken for nothing. */
const UNREAD = 0x7fb1c3d95e2a6840n;

/** Those that were given up. */
let waiting: readonly NativeBlock[] = [];

/** @returns whether it is there, or cannot be, within a second */
export function fetchPage(pid: ProcessId, address: number): boolean {
  const done = waiting.filter(isRead);
  waiting = waiting.filter((block) => !done.includes(block));
  for (const block of done) block.free();
  if (waiting.length >= MOST_WAITING) return false;
  const block = new NativeBlock(PAGE_SIZE);
  setWord(block.view, LOCAL, block.address + INTO);
  setWord(block.view, LOCAL + WORD, WORD);
  setWord(block.view, REMOTE, address - (address % PAGE_SIZE));
  setWord(block.view, REMOTE + WORD, WORD);
  block.view.setBigUint64(INTO, UNREAD, true);
  const task = taskWithMemory(pid);
  processVmReadvAside(task, block.address + LOCAL, 1, block.address + REMOTE, 1, 0);
  const waited = new Stopwatch();
  while (!isRead(block)) {
    if (waited.elapsedNs() > LONGEST_MS * 1e6) {
      waiting = [...waiting, block];
      // To end in order is to wait for that thread.
      endAtOnce();
      return false;
    }
    pause(1);
  }
  block.free();
  return true;
}

function isRead({ view }: NativeBlock): boolean {
  return view.getBigUint64(INTO, true) !== UNREAD;
}
