// Hot path: runs at every stop.
/** Captures a call: its arguments when it is entered, its result and outputs when it is left. */
import { exactWord, signedWord } from '../base/address.js';
import type { CallAbi } from '../arch/call-abi.js';
import type { CType } from '../ctype/ctype.js';
import type { Prototype } from '../prototype/prototype.js';
import type { Argument, Value } from '../trace/value.js';
import { NEVER_FAILS } from './failure-rule.js';
import { FramePlan } from './frame.js';
import { PrototypeCapture } from './prototype-capture.js';
import type {
  CallCapture,
  CaptureLimits,
  EnteredCall,
  LeftCall,
  StoppedCall,
} from './stopped-call.js';

/** How to read the calls of one function; `undefined` for one that nobody describes: four words are shown. */
export function compileCapture(
  prototype: Prototype | undefined,
  abi: CallAbi,
  limits: CaptureLimits,
): CallCapture {
  return prototype === undefined
    ? new GuessCapture(abi)
    : new PrototypeCapture(prototype, abi, limits);
}

const NOTHING_ENTERED: EnteredCall = { args: [] };
const NOTHING_LEFT: LeftCall = { result: { kind: 'unknown' }, rawResult: 0, outArgs: [] };

/** The first words as they are, whatever they mean. */
export function captureWords(abi: CallAbi): CallCapture {
  return new GuessCapture(abi);
}

/** Looks at nothing: for counting. */
export const captureNothing: CallCapture = {
  failureRule: NEVER_FAILS,
  enter: () => NOTHING_ENTERED,
  leave: () => NOTHING_LEFT,
};

/** As many as ltrace shows. */
const GUESSED_WORDS = 4;
const LONG: CType = { kind: 'integer', size: 'long', signed: true, character: false };
const NO_OUTPUTS: readonly Argument[] = [];

class GuessCapture implements CallCapture {
  private readonly plan: FramePlan;
  private readonly registers: readonly number[];
  private readonly frame;
  private readonly wordBytes: 4 | 8;
  private readonly resultRegister: number;

  constructor(abi: CallAbi) {
    const allocator = abi.argumentsOf({ kind: 'void' });
    const places = Array.from({ length: GUESSED_WORDS }, () => allocator.next(LONG));
    this.plan = new FramePlan(places);
    this.frame = this.plan.makeFrame();
    const pieces = places.flat();
    const inRegisters = abi.layout.wordBytes === 8 && pieces.every((p) => p.source === 'register');
    this.registers = inRegisters ? pieces.map(({ offset }) => offset) : [];
    this.wordBytes = abi.layout.wordBytes;
    this.resultRegister = abi.resultRegister;
  }

  enter(at: StoppedCall): EnteredCall {
    if (this.registers.length > 0) return { args: guessWords(at.registers, this.registers, 8) };
    this.plan.fill(this.frame, at);
    return { args: guessWords(this.frame.view, this.plan.offsets, this.wordBytes) };
  }

  leave(at: StoppedCall): LeftCall {
    const { value, raw } = guessWord(at.registers, this.resultRegister, this.wordBytes);
    return { result: value, rawResult: raw, outArgs: NO_OUTPUTS };
  }
}

function guessWords(view: DataView, offsets: readonly number[], wordBytes: 4 | 8): Argument[] {
  return offsets.map((offset) => guessWord(view, offset, wordBytes));
}

function guessWord(
  view: DataView,
  offset: number,
  wordBytes: 4 | 8,
): { value: Value; raw: number | bigint } {
  if (wordBytes === 4) {
    const word = view.getInt32(offset, true);
    return {
      value: { kind: 'integer', value: word, bits: 32, signed: true, style: 'guess' },
      raw: word >>> 0,
    };
  }
  const value = signedWord(view, offset);
  return {
    value: { kind: 'integer', value, bits: 64, signed: true, style: 'guess' },
    raw: value >= 0 ? value : exactWord(view, offset),
  };
}
