/** The result of a call: where it is, what it means, whether it says that the call failed. */
import { addressFromWord, exactWord, signedWord } from '../base/address.js';
import type { CallAbi, ResultLocation } from '../arch/call-abi.js';
import type { Expression, LensedType } from '../prototype/prototype.js';
import type { Value } from '../trace/value.js';
import type { FailedRange, FailureRule } from './failure-rule.js';
import { NEVER_FAILS } from './failure-rule.js';
import { ctypeOf, passedAs } from './ctype-of.js';
import { compileExpression, numberReader } from './expression.js';
import { readExtended } from './float.js';
import { FramePlan } from './frame.js';
import type { Frame } from './frame.js';
import type { IntegerReader } from './integer.js';
import type { Evaluator, Lens, LensContext } from './lens.js';
import type { CompiledParameters } from './parameter-slots.js';
import type { StoppedCall } from './stopped-call.js';

export interface Outcome {
  readonly value: Value;
  readonly errno?: number;
}

interface FailureLens {
  readonly kind: 'errno' | 'errnum' | 'negerrno';
  readonly failure: Expression | undefined;
}

/** errno.h: the kernel returns error numbers as -1 to -4095. */
const LARGEST_ERRNO = 4095;

const MINUS_ONE_ALONE: FailedRange = { low: -1n, span: 0n };
const NULL_ALONE: FailedRange = { low: 0n, span: 0n };
const ERRNO_RANGE: FailedRange = { low: 1n, span: BigInt(LARGEST_ERRNO - 1) };
const NEGATED_RANGE: FailedRange = { low: BigInt(-LARGEST_ERRNO), span: BigInt(LARGEST_ERRNO - 1) };

const MINUS_ONE: Value = {
  kind: 'integer',
  value: -1,
  bits: 64,
  signed: true,
  style: 'decimal',
};

export class ResultReader {
  private readonly location: ResultLocation;
  private readonly lens: Lens;
  private readonly bytes: number;
  /** Reads the value as an integer; undefined for types that have no such reading. */
  private readonly asNumber: IntegerReader | undefined;
  private readonly signedReader: IntegerReader | undefined;
  private readonly isPointer: boolean;
  private readonly failureLens: FailureLens | undefined;
  private readonly failure: Evaluator | undefined;
  private readonly plan: FramePlan;
  private readonly scratch: Frame;
  /** undefined where the rule takes more than the result register. */
  readonly failureRule: FailureRule | undefined;

  constructor(
    type: LensedType,
    abi: CallAbi,
    { around, allocator }: Pick<CompiledParameters, 'around' | 'allocator'>,
  ) {
    const shown = passedAs(type, abi);
    const ctype = ctypeOf(shown);
    this.location = abi.resultOf(ctype, allocator);
    this.lens = around.compile(shown, undefined, around);
    this.bytes = abi.layout.sizeOf(ctype);
    this.asNumber = numberReader(ctype, abi.layout);
    this.isPointer = ctype.kind === 'pointer';
    this.signedReader =
      ctype.kind === 'integer'
        ? numberReader({ ...ctype, signed: true }, abi.layout)
        : this.asNumber;
    this.failureLens = failureLensOf(shown);
    if (this.failureLens?.failure !== undefined) {
      this.failure = compileExpression(this.failureLens.failure, around);
    }
    this.plan = new FramePlan([this.location.kind === 'pieces' ? this.location.pieces : []]);
    this.scratch = this.plan.makeFrame();
    const isWord = ctype.kind === 'integer' || this.isPointer;
    this.failureRule =
      this.failureLens === undefined ? NEVER_FAILS : this.plainRule(this.failureLens, abi, isWord);
  }

  private plainRule(
    { kind, failure }: FailureLens,
    abi: CallAbi,
    isWord: boolean,
  ): FailureRule | undefined {
    const { location, bytes } = this;
    if (!isWord || failure !== undefined || location.kind !== 'pieces') return undefined;
    const [piece] = location.pieces;
    const isInRegister = piece?.source === 'register' && piece.offset === abi.resultRegister;
    if (!isInRegister || location.pieces.length !== 1) return undefined;
    if (bytes !== 4 && bytes !== 8) return undefined;
    const pointers = this.isPointer ? [MINUS_ONE_ALONE, NULL_ALONE] : [MINUS_ONE_ALONE];
    const ranges = { errno: pointers, errnum: [ERRNO_RANGE], negerrno: [NEGATED_RANGE] }[kind];
    return { width: bytes, ranges, needsErrno: kind === 'errno' };
  }

  /** Also makes `retval` known to the context. */
  read(at: StoppedCall, context: LensContext): Outcome {
    if (this.location.kind !== 'pieces') return { value: this.readElsewhere(at, context) };
    this.plan.fill(this.scratch, at);
    const { view } = this.scratch;
    const number = this.asNumber?.(view, 0);
    context.result = number === undefined ? undefined : Number(number);
    if (this.failureLens === undefined) return { value: this.lens(view, 0, context) };
    return this.judge(this.failureLens, at, context);
  }

  private readElsewhere(at: StoppedCall, context: LensContext): Value {
    const { location } = this;
    switch (location.kind) {
      case 'memory': {
        const address = addressFromWord(exactWord(at.registers, location.register));
        if (address === undefined) return { kind: 'unknown' };
        return context.withBlock(address, this.bytes, (offset) =>
          this.lens(context.arenaView, offset, context),
        );
      }
      case 'x87': {
        const registers = at.floatRegisters();
        if (this.bytes > 8) return this.lens(registers, location.offset, context);
        const { view } = this.scratch;
        const value = readExtended(registers, location.offset);
        if (this.bytes === 4) view.setFloat32(0, value, true);
        else view.setFloat64(0, value, true);
        return this.lens(view, 0, context);
      }
      case 'unknown':
        return { kind: 'unknown' };
      case 'none':
      case 'pieces':
        // A struct without members takes no place, and is one all the same.
        return this.lens(this.scratch.view, 0, context);
    }
  }

  private judge(lens: FailureLens, at: StoppedCall, context: LensContext): Outcome {
    const { view } = this.scratch;
    const value = Number(this.signedReader?.(view, 0) ?? 0);
    if (lens.kind === 'negerrno') {
      // An address that is returned as such (mmap) is judged as a number, too.
      const word = this.signed(view);
      const error = typeof word === 'number' ? -word : 0;
      if (!(error > 0 && error <= LARGEST_ERRNO)) return { value: this.lens(view, 0, context) };
      return { value: MINUS_ONE, errno: error };
    }
    const shown = this.lens(view, 0, context);
    if (lens.kind === 'errnum') {
      return value > 0 && value <= LARGEST_ERRNO
        ? { value: shown, errno: value }
        : { value: shown };
    }
    const failed =
      this.failure === undefined ? this.looksFailed(value) : (this.failure(context) ?? 0) !== 0;
    return failed ? withErrno(shown, at.errno()) : { value: shown };
  }

  /** -1, or for pointers null and the -1 of mmap. */
  private looksFailed(value: number): boolean {
    if (!this.isPointer) return value === -1;
    return value === 0 || this.signed(this.scratch.view) === -1;
  }

  private signed(view: DataView): number | bigint {
    return this.bytes === 8 ? signedWord(view, 0) : view.getInt32(0, true);
  }
}

/** No function sets errno to 0, errno(3): where it is, the result did not mean a failure. */
function withErrno(value: Value, errno: number | undefined): Outcome {
  return errno === undefined || errno === 0 ? { value } : { value, errno };
}

/** Does a result of this type tell whether the call failed? */
export function tellsFailure(type: LensedType): boolean {
  return failureLensOf(type) !== undefined;
}

function failureLensOf(type: LensedType): FailureLens | undefined {
  let inner = type;
  while (inner.kind === 'lens') {
    const { lens } = inner;
    if (lens.kind === 'errno') return { kind: 'errno', failure: lens.failure };
    if (lens.kind === 'errnum' || lens.kind === 'negerrno') {
      return { kind: lens.kind, failure: undefined };
    }
    inner = inner.of;
  }
  return undefined;
}
