/** A map that forgets what was put into it first, so that addresses of objects whose end is not seen cost no memory. */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  constructor(private readonly most: number) {
    super();
  }

  override set(key: Key, value: Value): this {
    // What is put in again is the youngest.
    this.delete(key);
    if (this.size >= this.most) {
      const [oldest] = this.keys();
      if (oldest !== undefined) this.delete(oldest);
    }
    return super.set(key, value);
  }
}
