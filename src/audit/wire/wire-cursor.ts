/** Reads the vectors of TLS, RFC 8446 section 3.4, within their bounds. */

/** Bytes that are no handshake as the RFCs have it. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
}

export class WireCursor {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get remaining(): number {
    return this.bytes.length - this.at;
  }

  /** @throws HandshakeError, as all that read */
  u8(): number {
    return this.number(1);
  }

  u16(): number {
    return this.number(2);
  }

  u24(): number {
    return this.number(3);
  }

  take(count: number): Uint8Array {
    if (count > this.remaining) {
      throw new HandshakeError(`${count} bytes where ${this.remaining} are left`);
    }
    const from = this.at;
    this.at += count;
    return this.bytes.subarray(from, this.at);
  }

  rest(): Uint8Array {
    return this.take(this.remaining);
  }

  /** The bytes of a vector whose length stands before it. */
  vector(lengthBytes: 1 | 2 | 3): Uint8Array {
    return this.take(this.number(lengthBytes));
  }

  /** A vector of 16-bit numbers; an odd byte at its end is an error. */
  numbers(lengthBytes: 1 | 2): readonly number[] {
    const inner = new WireCursor(this.vector(lengthBytes));
    const found: number[] = [];
    while (inner.remaining > 0) found.push(inner.u16());
    return found;
  }

  private number(count: number): number {
    return this.take(count).reduce((value, byte) => value * 256 + byte, 0);
  }
}
