/** Remembers what was computed, within bounds: what was used longest ago goes first. */

export class KeepRecent<Key, Value> {
  private readonly kept = new Map<Key, { readonly value: Value; readonly weight: number }>();
  private total = 0;

  /**
   * @param room the most that the kept values may weigh together; the latest is kept whatever it weighs
   */
  constructor(
    private readonly room: number,
    private readonly weigh: (value: Value) => number,
  ) {}

  get(key: Key, compute: () => Value): Value {
    const known = this.kept.get(key);
    if (known !== undefined) {
      this.kept.delete(key);
      this.kept.set(key, known);
      return known.value;
    }
    const value = compute();
    const weight = this.weigh(value);
    for (const [oldest, each] of this.kept) {
      if (this.total + weight <= this.room) break;
      this.kept.delete(oldest);
      this.total -= each.weight;
    }
    this.kept.set(key, { value, weight });
    this.total += weight;
    return value;
  }
}
