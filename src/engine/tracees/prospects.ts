/** Functions that may soon be called for the first time, to be looked up while the tracee still runs towards them. */
import type { Process } from './tracee.js';
import type { EntryPoint } from '../points/entry-point.js';

/** Of thousands most are never called, and the tracee may want the CPU. */
const MOST_PROSPECTS = 64;

export interface Prospect {
  readonly process: Process;
  readonly point: EntryPoint;
}

export class Prospects {
  private readonly waiting: Prospect[] = [];
  private left = MOST_PROSPECTS;

  add(process: Process, point: EntryPoint): void {
    if (this.left === 0) return;
    this.left--;
    this.waiting.push({ process, point });
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  take(): Prospect | undefined {
    return this.waiting.shift();
  }
}
