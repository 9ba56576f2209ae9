/** `stdio`: the descriptors of a program, and this process's ends of its pipes. */
import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { inspect } from 'node:util';
import { SystemError } from '../base/errors.js';
import type { GivenDescriptor } from '../kernel/launch-spec.js';
import {
  closeDescriptor,
  duplicateFrom,
  openPipe,
  openSocketPair,
} from '../kernel/linux/launching/pipes.js';
import { OptionError } from './option-error.js';
import type { Stdio } from './options.js';

/** This process's ends, as those of a ChildProcess: null where the program has no pipe. */
export interface StdioStreams {
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly stdio: readonly (Readable | Writable | null)[];
}

export const NO_STREAMS: StdioStreams = { stdin: null, stdout: null, stderr: null, stdio: [] };

/** What a program is given, until it has it. */
export class ProgramStdio {
  readonly descriptors: GivenDescriptor[] = [];
  private readonly ends: (Socket | null)[] = [];
  private isClosed = false;

  /** @throws OptionError for an entry that is none, with nothing left open */
  constructor(stdio: Stdio) {
    const given: readonly unknown[] = typeof stdio === 'string' ? [stdio, stdio, stdio] : stdio;
    // Every program has the first three.
    const entries = Array.from({ length: Math.max(3, given.length) }, (_, at) => given[at]);
    try {
      for (const [at, entry] of entries.entries()) this.open(at, entry, entries.length);
    } catch (error) {
      this.close();
      for (const end of this.ends) end?.destroy();
      throw error;
    }
  }

  get streams(): StdioStreams {
    const [stdin = null, stdout = null, stderr = null] = this.ends;
    return { stdin, stdout, stderr, stdio: [...this.ends] };
  }

  /** Our copies of what the program has: its pipes end when it and its children have closed theirs. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const { descriptor } of this.descriptors) closeDescriptor(descriptor);
  }

  /** The program is no more: what would be written to it has no reader. */
  programEnded(): void {
    this.close();
    this.ends[0]?.destroy();
  }

  private open(at: number, entry: unknown, count: number): void {
    const kind = entry ?? (at < 3 ? 'inherit' : 'ignore');
    if (kind === 'pipe') {
      this.openPipe(at, count);
      return;
    }
    this.ends.push(null);
    if (kind === 'ignore') {
      // As child_process: a program expects the first three to be open, and no others.
      if (at > 2) return;
      const nowhere = openSync('/dev/null', at === 0 ? 'r' : 'r+');
      this.give(nowhere, at, count);
      closeSync(nowhere);
    } else this.give(kind === 'inherit' ? at : descriptorOf(kind, at), at, count);
  }

  private openPipe(at: number, count: number): void {
    const isRead = at === 0;
    // One way for the first three, as a shell connects programs; both ways for others, as child_process does.
    const { readEnd, writeEnd } = at < 3 ? openPipe() : openSocketPair();
    const [theirs, ours] = isRead ? [readEnd, writeEnd] : [writeEnd, readEnd];
    this.ends.push(new Socket({ fd: ours, readable: !isRead, writable: isRead || at > 2 }));
    this.give(theirs, at, count);
    closeDescriptor(theirs);
  }

  /** A copy behind all numbers that the program uses, so that none is replaced before it is taken. */
  private give(descriptor: number, at: number, count: number): void {
    try {
      this.descriptors.push({ descriptor: duplicateFrom(count, descriptor), as: at });
    } catch (error) {
      if (!(error instanceof SystemError) || !error.errnoName.startsWith('EBADF')) throw error;
      throw new OptionError(`stdio[${at}]`, `descriptor ${descriptor} is not open here`);
    }
  }
}

function descriptorOf(entry: unknown, at: number): number {
  const descriptor = typeof entry === 'object' ? fieldOf(entry, 'fd') : entry;
  if (typeof descriptor === 'number' && Number.isInteger(descriptor) && descriptor >= 0) {
    return descriptor;
  }
  throw new OptionError(
    `stdio[${at}]`,
    `must be 'inherit', 'ignore', 'pipe', a descriptor or an open stream that has one, not ${inspect(entry, { depth: 0 }).slice(0, 60)}`,
  );
}

function fieldOf(value: object | null, name: 'fd'): unknown {
  return value !== null && name in value
    ? (value as Readonly<Record<string, unknown>>)[name]
    : null;
}
