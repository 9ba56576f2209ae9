/** Addresses of traps that were lifted not long ago: threads may have run into them before. */

/** A thread that ran into a trap tells so before thousands of others are lifted. */
const MOST = 1024;

export class LiftedTraps {
  private readonly addresses = new Set<number>();

  add(address: number): void {
    this.addresses.add(address);
    const [oldest] = this.addresses;
    if (oldest !== undefined && this.addresses.size > MOST) this.addresses.delete(oldest);
  }

  has(address: number): boolean {
    return this.addresses.has(address);
  }
}
