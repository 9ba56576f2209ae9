/** Finds rules that are written as the trace shows calls: `caller->symbol`. */

/** Between a caller and what it calls, as the trace shows it. */
export const ARROW = '->';

/**
 * Names of programs and libraries are full of hyphens, so all before the arrow is the caller's, from where the rule
 * begins; a `+` begins another rule, but for those of `libstdc++.so.6`, and `@` stands behind a symbol.
 */
export class LeadingCallers {
  /** The next arrow; -1 when there is none. */
  private arrow: number;
  /** A rule that begins before this is not written so. */
  private earliest = 0;

  constructor(private readonly text: string) {
    this.arrow = text.indexOf(ARROW);
    this.lookBack(0);
  }

  /**
   * To be asked of rules in their order: then the text is gone through once.
   *
   * @returns where the caller of a rule that begins there ends, and the arrow begins; undefined for another rule
   */
  endAt(start: number): number | undefined {
    while (this.arrow !== -1 && this.arrow < start) {
      const behind = this.arrow + ARROW.length;
      this.arrow = this.text.indexOf(ARROW, behind);
      this.lookBack(behind);
    }
    if (this.arrow === -1 || start < this.earliest) return undefined;
    return this.isOfCpp(start) ? undefined : this.arrow;
  }

  private lookBack(until: number): void {
    let at = this.arrow;
    while (at > until && !this.beginsAnother(at - 1)) at--;
    this.earliest = at;
  }

  private beginsAnother(at: number): boolean {
    if (this.text[at - 1] === '\\') return false;
    if (this.text[at] === '+') return !/[-+.]/.test(this.text[at + 1] ?? '');
    return this.text[at] === '@';
  }

  /** `ns::A::operator->`. */
  private isOfCpp(start: number): boolean {
    const before = this.text.slice(Math.max(start, this.arrow - CPP_OPERATOR.length), this.arrow);
    return (
      before === CPP_OPERATOR || (before === 'operator' && start === this.arrow - before.length)
    );
  }
}

const CPP_OPERATOR = '::operator';
