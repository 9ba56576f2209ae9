/**
 * Pages that programs are known to be able to read themselves. Whether they still are is not asked again: a program that
 * takes its own rights away later is shown what is there.
 *
 * Hot path: asked at every read.
 */
import type { ProcessId } from '../../../base/ids.js';

/** Of all processes together: 64 MB of memory. */
const MOST = 16_384;

export class ReadablePages {
  private readonly ofProcess = new Map<ProcessId, Set<number>>();
  private count = 0;
  /** Most reads are where the one before was. */
  private latest: ProcessId | undefined;
  private latestPages = new Set<number>();

  has(pid: ProcessId, page: number): boolean {
    return this.pagesOf(pid).has(page);
  }

  add(pid: ProcessId, page: number): void {
    if (this.count >= MOST) this.clear();
    this.count++;
    this.pagesOf(pid).add(page);
  }

  forget(pid: ProcessId): void {
    this.count -= this.ofProcess.get(pid)?.size ?? 0;
    this.ofProcess.delete(pid);
    this.latest = undefined;
  }

  private clear(): void {
    this.ofProcess.clear();
    this.count = 0;
    this.latest = undefined;
  }

  private pagesOf(pid: ProcessId): Set<number> {
    if (this.latest === pid) return this.latestPages;
    let pages = this.ofProcess.get(pid);
    if (pages === undefined) this.ofProcess.set(pid, (pages = new Set()));
    this.latest = pid;
    this.latestPages = pages;
    return pages;
  }
}
