/** Bytes that come at one end in pieces of any size and leave at the other in whole units, each copied a few times at most. */
export class ByteQueue {
  private bytes = new Uint8Array(0);
  private from = 0;
  private to = 0;

  get length(): number {
    return this.to - this.from;
  }

  push(more: Uint8Array): void {
    if (this.to + more.length > this.bytes.length) this.makeRoom(more.length);
    this.bytes.set(more, this.to);
    this.to += more.length;
  }

  /** The first `count` bytes, or fewer where there are fewer; they stay. Valid until the next push. */
  peek(count: number): Uint8Array {
    return this.bytes.subarray(this.from, Math.min(this.to, this.from + count));
  }

  /** Removes the first `count` bytes and gives them. The copy is the caller's. */
  shift(count: number): Uint8Array {
    const taken = this.bytes.slice(this.from, this.from + count);
    this.from += count;
    return taken;
  }

  private makeRoom(more: number): void {
    const { length } = this;
    const wanted = length + more;
    const into =
      wanted <= this.bytes.length / 2 ? this.bytes : new Uint8Array(Math.max(64, 2 * wanted));
    into.set(this.bytes.subarray(this.from, this.to));
    this.bytes = into;
    this.from = 0;
    this.to = length;
  }
}
