/** The LZMA decoder: range coder, probabilities and the states of the LZMA specification. */

/** Probabilities have 11 bits and start in the middle. */
const PROBABILITY_BITS = 11;
const HALF = 1 << (PROBABILITY_BITS - 1);
const MOVE_BITS = 5;

/** States below this one follow a literal. */
const FIRST_MATCH_STATE = 7;
const MIN_MATCH = 2;

export class LzmaState {
  private readonly literalContextBits: number;
  private readonly literalBits: number;
  private readonly literalPositionMask: number;
  private readonly positionMask: number;
  private readonly range = new RangeDecoder();
  private probabilities = new Probabilities(0);
  private state = 0;
  /** The last four distances, minus one. */
  private distances: [number, number, number, number] = [0, 0, 0, 0];

  /**
   * @param output all of it, which is the dictionary too
   * @param properties (pb * 5 + lp) * 9 + lc
   */
  constructor(
    private readonly output: Uint8Array,
    properties: number,
  ) {
    this.literalContextBits = properties % 9;
    const rest = Math.floor(properties / 9);
    this.literalPositionMask = (1 << (rest % 5)) - 1;
    this.positionMask = (1 << Math.min(4, Math.floor(rest / 5))) - 1;
    this.literalBits = this.literalContextBits + (rest % 5);
    this.reset();
  }

  reset(): void {
    // LZMA2 allows at most 4 bits of context; more is damage, and would cost memory.
    this.probabilities = new Probabilities(Math.min(4, this.literalBits));
    this.state = 0;
    this.distances = [0, 0, 0, 0];
  }

  /** Decodes one chunk to output[at .. at + size); false when it is damaged. */
  decode(data: Uint8Array, at: number, size: number): boolean {
    if (this.literalBits > 4) return false;
    this.range.begin(data);
    const end = at + size;
    let position = at;
    while (position < end) {
      const length = this.decodeOne(position);
      // 0: a literal was written; below 0: damaged.
      if (length < 0) return false;
      if (length === 0) {
        position++;
        continue;
      }
      const distance = this.distances[0] + 1;
      if (distance > position || position + length > end) return false;
      for (let left = length; left > 0; left--, position++) {
        this.output[position] = this.output[position - distance] ?? 0;
      }
    }
    return !this.range.isExhausted;
  }

  /** Length of the match to copy, 0 after a literal, -1 when the data makes no sense. */
  private decodeOne(position: number): number {
    const { range, probabilities: p } = this;
    const positionState = position & this.positionMask;
    const context = this.state * 16 + positionState;
    if (range.bit(p.isMatch, context) === 0) {
      this.literal(position);
      return 0;
    }
    if (range.bit(p.isRepeat, this.state) === 0) {
      const length = this.length(p.matchLength, positionState);
      this.state = this.state < FIRST_MATCH_STATE ? 7 : 10;
      const [first, second, third] = this.distances;
      this.distances = [this.distance(length), first, second, third];
      // The end marker has no place in LZMA2.
      return this.distances[0] === 0xffffffff ? -1 : length;
    }
    if (range.bit(p.isRepeat0, this.state) === 0) {
      if (range.bit(p.isRepeat0Long, context) === 0) {
        this.state = this.state < FIRST_MATCH_STATE ? 9 : 11;
        return 1;
      }
    } else {
      this.rotateDistances();
    }
    const length = this.length(p.repeatLength, positionState);
    this.state = this.state < FIRST_MATCH_STATE ? 8 : 11;
    return length;
  }

  /** Moves the second, third or fourth distance to the front. */
  private rotateDistances(): void {
    const { range, probabilities: p } = this;
    const [first, second, third, fourth] = this.distances;
    if (range.bit(p.isRepeat1, this.state) === 0) {
      this.distances = [second, first, third, fourth];
    } else if (range.bit(p.isRepeat2, this.state) === 0) {
      this.distances = [third, first, second, fourth];
    } else {
      this.distances = [fourth, first, second, third];
    }
  }

  private literal(position: number): void {
    const { range } = this;
    const previous = position > 0 ? (this.output[position - 1] ?? 0) : 0;
    const context =
      ((position & this.literalPositionMask) << this.literalContextBits) +
      (previous >> (8 - this.literalContextBits));
    const table = this.probabilities.literal;
    const base = context * 0x300;
    let symbol = 1;
    if (this.state >= FIRST_MATCH_STATE) {
      // After a match, the byte at the last distance is known not to be the one: it helps to predict.
      let match = this.output[position - this.distances[0] - 1] ?? 0;
      while (symbol < 0x100) {
        const matchBit = (match >> 7) & 1;
        match <<= 1;
        const bit = range.bit(table, base + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (bit !== matchBit) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | range.bit(table, base + symbol);
    this.output[position] = symbol & 0xff;
    this.state = this.state < 4 ? 0 : this.state < 10 ? this.state - 3 : this.state - 6;
  }

  private length(table: LengthTable, positionState: number): number {
    const { range } = this;
    if (range.bit(table.choice, 0) === 0) {
      return MIN_MATCH + range.tree(table.low, positionState * 8, 3);
    }
    if (range.bit(table.choice, 1) === 0) {
      return MIN_MATCH + 8 + range.tree(table.middle, positionState * 8, 3);
    }
    return MIN_MATCH + 16 + range.tree(table.high, 0, 8);
  }

  /** Minus one. */
  private distance(length: number): number {
    const { range, probabilities: p } = this;
    const lengthState = Math.min(length - MIN_MATCH, 3);
    const slot = range.tree(p.distanceSlot, lengthState * 64, 6);
    if (slot < 4) return slot;
    const directBits = (slot >> 1) - 1;
    const high = (2 | (slot & 1)) * 2 ** directBits;
    if (slot < 14) return high + range.reverseTree(p.distance, high - slot, directBits);
    const direct = range.direct(directBits - 4);
    return high + direct * 16 + range.reverseTree(p.align, 0, 4);
  }
}

interface LengthTable {
  readonly choice: Uint16Array;
  readonly low: Uint16Array;
  readonly middle: Uint16Array;
  readonly high: Uint16Array;
}

class Probabilities {
  readonly isMatch = halves(12 * 16);
  readonly isRepeat = halves(12);
  readonly isRepeat0 = halves(12);
  readonly isRepeat0Long = halves(12 * 16);
  readonly isRepeat1 = halves(12);
  readonly isRepeat2 = halves(12);
  readonly distanceSlot = halves(4 * 64);
  readonly distance = halves(128);
  readonly align = halves(16);
  readonly matchLength = lengthTable();
  readonly repeatLength = lengthTable();
  readonly literal: Uint16Array;

  constructor(literalBits: number) {
    this.literal = halves(0x300 << literalBits);
  }
}

function lengthTable(): LengthTable {
  return { choice: halves(2), low: halves(16 * 8), middle: halves(16 * 8), high: halves(256) };
}

function halves(count: number): Uint16Array {
  return new Uint16Array(count).fill(HALF);
}

class RangeDecoder {
  private data: Uint8Array = new Uint8Array(0);
  private at = 0;
  private range = 0;
  private code = 0;

  /** The first byte is 0; the next four are the start of the code. */
  begin(data: Uint8Array): void {
    this.data = data;
    this.range = 0xffffffff;
    this.code = 0;
    this.at = 1;
    for (let count = 0; count < 4; count++) this.code = ((this.code << 8) | this.next()) >>> 0;
  }

  /** More was read than there is: the chunk is damaged. */
  get isExhausted(): boolean {
    return this.at > this.data.length;
  }

  bit(table: Uint16Array, index: number): 0 | 1 {
    const probability = table[index] ?? HALF;
    const bound = (this.range >>> PROBABILITY_BITS) * probability;
    if (this.code < bound) {
      this.range = bound;
      table[index] = probability + (((1 << PROBABILITY_BITS) - probability) >> MOVE_BITS);
      this.normalise();
      return 0;
    }
    this.range -= bound;
    this.code -= bound;
    table[index] = probability - (probability >> MOVE_BITS);
    this.normalise();
    return 1;
  }

  /** `count` bits of even chance, highest first. */
  direct(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left--) {
      this.range >>>= 1;
      const bit = this.code >= this.range ? 1 : 0;
      if (bit === 1) this.code -= this.range;
      value = value * 2 + bit;
      this.normalise();
    }
    return value;
  }

  /** `count` bits, highest first, each with a probability of its own for all bits before. */
  tree(table: Uint16Array, base: number, count: number): number {
    let symbol = 1;
    for (let left = count; left > 0; left--) {
      symbol = (symbol << 1) | this.bit(table, base + symbol);
    }
    return symbol - (1 << count);
  }

  /** The same, lowest bit first. */
  reverseTree(table: Uint16Array, base: number, count: number): number {
    let symbol = 1;
    let value = 0;
    for (let index = 0; index < count; index++) {
      const bit = this.bit(table, base + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << index;
    }
    return value;
  }

  private normalise(): void {
    if (this.range >= 0x1000000) return;
    this.range = (this.range << 8) >>> 0;
    this.code = ((this.code << 8) | this.next()) >>> 0;
  }

  private next(): number {
    return this.data[this.at++] ?? 0;
  }
}
