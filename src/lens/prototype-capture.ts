// Hot path: runs at every stop.
/** Captures the calls of a function with a prototype. */
import { exactWord } from '../base/address.js';
import type { CallAbi } from '../arch/call-abi.js';
import type { Prototype } from '../prototype/prototype.js';
import type { Argument, Value } from '../trace/value.js';
import type { FailureRule } from './failure-rule.js';
import { FormatReader } from './format-arguments.js';
import type { FormatFrame } from './format-arguments.js';
import type { Frame } from './frame.js';
import { LensContext } from './lens.js';
import { compileParameters, mentionsArguments } from './parameter-slots.js';
import type { CompiledParameters, Slot } from './parameter-slots.js';
import { ResultReader } from './result.js';
import { changedValue } from './same-value.js';
import type {
  CallCapture,
  CaptureLimits,
  EnteredCall,
  LeftCall,
  StoppedCall,
} from './stopped-call.js';
import { VariantTable } from './variant-table.js';
import { readPointer } from './word.js';

/** What is kept from entry to return. */
class Entered implements EnteredCall {
  args: readonly Argument[] = NO_ARGUMENTS;
  shownAs?: string;
  /** Arguments read at entry and shown at return; undefined for outputs. */
  late: readonly (Argument | undefined)[] = NO_ARGUMENTS;
  /** What a format described: shown at return, or (scanf) read then. */
  extra: readonly Argument[] = NO_ARGUMENTS;
  format: FormatFrame | undefined;

  constructor(
    /** The capture that understands this: a variant's, perhaps. */
    readonly capture: PrototypeCapture,
    readonly frame: Frame,
  ) {}
}

const NO_ARGUMENTS: readonly Argument[] = [];
const MORE: Argument = { value: { kind: 'elided' } };

/** Shared: a capture looks at one stop at a time and keeps nothing here. */
const context = new LensContext();

export class PrototypeCapture implements CallCapture {
  private readonly parameters: CompiledParameters;
  /** Index of the first argument that is shown at return; the count when there is none. */
  private readonly firstLate: number;
  /** Serves all calls when nothing of the frame is needed at return; else each has its own. */
  private readonly scratch: Frame | undefined;
  private readonly result: ResultReader;
  private readonly format: FormatReader | undefined;
  private readonly variants: VariantTable<PrototypeCapture> | undefined;
  private readonly wordBytes: 4 | 8;

  constructor(
    private readonly prototype: Prototype,
    private readonly abi: CallAbi,
    private readonly limits: CaptureLimits,
  ) {
    this.parameters = compileParameters(prototype, abi, limits);
    this.wordBytes = abi.layout.wordBytes;
    const { slots, around, allocator, format, plan } = this.parameters;
    const late = slots.findIndex(({ direction }) => direction !== 'in');
    this.firstLate = late === -1 ? slots.length : late;
    this.result = new ResultReader(prototype.result, abi, this.parameters);
    if (format !== undefined) {
      this.format = new FormatReader(format, allocator, around);
    }
    const keeps =
      late !== -1 || format?.lens.style === 'scanf' || mentionsArguments(prototype.result);
    this.scratch = keeps ? undefined : plan.makeFrame();
    if (prototype.variants.length > 0) {
      const make = (variant: Prototype): PrototypeCapture =>
        new PrototypeCapture(variant, abi, limits);
      this.variants = new VariantTable(prototype.variants, around, make);
    }
  }

  /** A variant may have another rule. */
  get failureRule(): FailureRule | undefined {
    return this.variants === undefined ? this.result.failureRule : undefined;
  }

  enter(at: StoppedCall): EnteredCall {
    const entered = this.begin(at);
    const variant = this.variants?.choose(context);
    if (variant === undefined) return this.readArguments(at, entered);
    const chosen = variant.begin(at);
    const { name } = variant.prototype;
    if (name !== this.prototype.name) chosen.shownAs = name;
    return variant.readArguments(at, chosen);
  }

  leave(at: StoppedCall, entered: EnteredCall): LeftCall {
    // One that another capture made (the prototype changed in between) has no outputs for us.
    return entered instanceof Entered
      ? entered.capture.readOutcome(at, entered)
      : this.readOutcome(at, new Entered(this, this.parameters.plan.makeFrame()));
  }

  private begin(at: StoppedCall): Entered {
    const { plan } = this.parameters;
    const frame = this.scratch ?? plan.makeFrame();
    plan.fill(frame, at);
    context.begin(at, frame.view, this.limits);
    return new Entered(this, frame);
  }

  private readArguments(at: StoppedCall, entered: Entered): Entered {
    const { slots, texts } = this.parameters;
    const { view } = entered.frame;
    if (texts.length > 1) context.ahead.read(at.memory, texts, view, this.wordBytes);
    const args: Argument[] = [];
    for (const [index, slot] of slots.entries()) {
      if (index >= this.firstLate) break;
      args.push(this.readSlot(index, slot, at, entered));
    }
    if (this.firstLate < slots.length) {
      entered.late = slots
        .slice(this.firstLate)
        .map((slot, index) =>
          slot.direction === 'out'
            ? undefined
            : this.readSlot(this.firstLate + index, slot, at, entered),
        );
    }
    const rest = this.readRest(entered);
    if (this.firstLate < slots.length) entered.extra = rest;
    else args.push(...rest);
    entered.args = args;
    context.frame = view;
    return entered;
  }

  /** The arguments behind the declared ones. */
  private readRest(entered: Entered): readonly Argument[] {
    const { format } = this.parameters;
    if (format?.lens.style === 'printf' && entered.format !== undefined) {
      return this.format?.values(entered.format, context, Infinity) ?? NO_ARGUMENTS;
    }
    return this.prototype.variadic && format === undefined ? [MORE] : NO_ARGUMENTS;
  }

  private readSlot(index: number, slot: Slot, at: StoppedCall, entered: Entered): Argument {
    const { view } = entered.frame;
    if (index !== this.parameters.format?.index) {
      return this.toArgument(slot, slot.lens(view, slot.offset, context), view);
    }
    const address = readPointer(view, slot.offset, this.wordBytes);
    if (this.format === undefined || address === 0 || typeof address === 'bigint') {
      return this.toArgument(slot, { kind: 'pointer', address }, view);
    }
    const { text, rest } = this.format.read(address, at, context);
    entered.format = rest;
    return this.toArgument(slot, text, view);
  }

  private toArgument({ name, isWord, offset }: Slot, value: Value, view: DataView): Argument {
    if (!isWord) return name === undefined ? { value } : { name, value };
    const raw = this.wordBytes === 8 ? exactWord(view, offset) : view.getUint32(offset, true);
    return name === undefined ? { value, raw } : { name, value, raw };
  }

  private readOutcome(at: StoppedCall, entered: Entered): LeftCall {
    const { view } = entered.frame;
    context.begin(at, view, this.limits);
    const { value, errno } = this.result.read(at, context);
    const outArgs = entered.late.map((early, index) => this.readLate(early, index, view));
    outArgs.push(...entered.extra);
    if (this.parameters.format?.lens.style === 'scanf' && entered.format !== undefined) {
      const assigned = context.result ?? 0;
      outArgs.push(...(this.format?.values(entered.format, context, assigned) ?? NO_ARGUMENTS));
    }
    const raw = this.abi.resultRegister;
    const rawResult =
      this.wordBytes === 8 ? exactWord(at.registers, raw) : at.registers.getUint32(raw, true);
    return errno === undefined
      ? { result: value, rawResult, outArgs }
      : { result: value, rawResult, outArgs, errno };
  }

  private readLate(early: Argument | undefined, index: number, view: DataView): Argument {
    const slot = this.parameters.slots[this.firstLate + index];
    if (slot === undefined || slot.direction === 'in') return early ?? MORE;
    const after = slot.lens(view, slot.offset, context);
    const value = early === undefined ? after : changedValue(early.value, after);
    return this.toArgument(slot, value, view);
  }
}
