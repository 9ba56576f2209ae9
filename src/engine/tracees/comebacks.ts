/**
 * Do calls that were left come back in this process? Where several tasks take turns on one stack, whose slices are copied
 * to the heap and back (greenlet, gevent), a call is left and returns later all the same. At the moment it is left that
 * looks like a longjmp or an exception, so how long to wait for it is learned.
 */

/** Without any that came back: so many further calls of the thread may begin before a call is given up. */
const PATIENCE = 4096;
/** So many are given up in vain before nobody waits any more. */
const MOST_IN_VAIN = 64;

/** The extensions of Python that copy stacks: then it is known before the first call is left. */
export function copiesStacks({ name }: { readonly name: string }): boolean {
  return name.includes('greenlet');
}

export class Comebacks {
  private inVain = 0;
  private wasLeft = false;
  private happen = false;

  /** For a forked child. */
  copyFrom(other: Comebacks): void {
    this.inVain = other.inVain;
    this.wasLeft = other.wasLeft;
    this.happen = other.happen;
  }

  /** Some did, or it is known that they will. */
  get areCertain(): boolean {
    return this.happen;
  }

  /** Was any call left, or is that expected? From then on it is worth it to remember of each what tells it from others in the same place. */
  get mayHappen(): boolean {
    return this.wasLeft || this.happen;
  }

  noteLeft(): void {
    this.wasLeft = true;
  }

  /** A module was loaded that does such things, or a call did come back. */
  expect(): void {
    this.happen = true;
  }

  noteGivenUp(): void {
    this.inVain++;
  }

  /** How many further calls of the thread a left call is waited for. */
  get patience(): number {
    if (this.happen) return Infinity;
    return this.inVain < MOST_IN_VAIN ? PATIENCE : 0;
  }
}
