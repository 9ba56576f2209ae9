// Hot path: runs at every read and write that an audit watches.
/** The streams of all processes that are in the middle of something. */
import type { MemoryReader } from '../stopped-call.js';
import type { ByteSource } from './byte-source.js';
import { RecordTap } from './record-tap.js';

/** Of one process: as many descriptors as a process has by default, in both directions, and as many BIOs. */
const MOST_STREAMS = 4096;

export class RecordTaps {
  /** By the memory that the buffers lie in, which tells processes apart. */
  private readonly processes = new WeakMap<MemoryReader, Map<string, RecordTap>>();

  /**
   * Bytes of a stream were handed over.
   *
   * @param stream a name for it within the process, with its direction
   * @returns see {@link RecordTap.take}
   */
  take(memory: MemoryReader, stream: string, source: ByteSource): Uint8Array {
    const streams = this.processes.get(memory) ?? new Map<string, RecordTap>();
    this.processes.set(memory, streams);
    const known = streams.get(stream);
    const tap = known ?? new RecordTap();
    const records = tap.take(source);
    if (known !== undefined && tap.isIdle) streams.delete(stream);
    if (known === undefined && !tap.isIdle) {
      const [oldest] = streams.keys();
      if (streams.size >= MOST_STREAMS && oldest !== undefined) streams.delete(oldest);
      streams.set(stream, tap);
    }
    return records;
  }
}
