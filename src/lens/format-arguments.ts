/** The arguments that a format string describes: places, lenses, values. */
import type { ArgumentAllocator } from '../arch/call-abi.js';
import type { CType } from '../ctype/ctype.js';
import type { FormatParameter } from '../prototype/format-of.js';
import { withLens } from '../prototype/lensed-type.js';
import type { Argument, Value } from '../trace/value.js';
import { ctypeOf } from './ctype-of.js';
import type { NamedPlace } from './expression.js';
import { parsePrintf, parseScanf } from './format-string.js';
import type { FormatArgument, FormatArguments } from './format-string.js';
import { FramePlan } from './frame.js';
import type { Frame } from './frame.js';
import type { Lens, LensContext } from './lens.js';
import { unreadable } from './lens.js';
import { addressLens } from './pointer.js';
import type { StoppedCall } from './stopped-call.js';
import { readUpToZero, wideToUtf8 } from './string.js';
import type { LensSurroundings } from './surroundings.js';

/** How to read the arguments of one format text. */
export interface FormatPlan {
  readonly frames: FramePlan;
  readonly lenses: readonly Lens[];
  readonly arguments: readonly FormatArgument[];
  /** False when more arguments may follow, which nothing describes. */
  readonly isWhole: boolean;
}

/** The arguments of one call, kept until it returns when scanf has yet to assign them. */
export interface FormatFrame {
  readonly plan: FormatPlan;
  readonly frame: Frame;
}

/** Longer formats describe what is in their first part only. */
const LONGEST_FORMAT = 16384;
/** A program has few formats; one that makes them up as it goes must not fill our memory. */
const MOST_PLANS = 512;
const INT: CType = { kind: 'integer', size: 'int', signed: true, character: false };

export class FormatReader {
  private readonly plans = new Map<string, FormatPlan>();
  private readonly address: Lens;
  private readonly width: 1 | 4;
  private readonly hidesTexts: boolean;

  constructor(
    private readonly parameter: FormatParameter,
    /** Stands behind the last declared parameter. */
    private readonly allocator: ArgumentAllocator,
    private readonly around: LensSurroundings,
  ) {
    this.address = addressLens(around);
    this.width = parameter.lens.wide ? 4 : 1;
    this.hidesTexts = parameter.describes === 'secrets';
  }

  /** The format as a value, and its arguments' places filled from the stopped call. */
  read(address: number, at: StoppedCall, context: LensContext): { text: Value; rest: FormatFrame } {
    const most = LONGEST_FORMAT / this.width;
    const raw = readUpToZero(context, address, most, this.width);
    const bytes =
      this.width === 1 ? raw.bytes : wideToUtf8(raw.bytes, raw.bytes.length / this.width, 4);
    const shown = Math.min(bytes.length, this.around.limits.stringBytes);
    const truncated = shown < bytes.length || raw.ended !== 'terminator';
    const isReadable = raw.bytes.length > 0 || raw.ended !== 'unreadable';
    const text: Value = !isReadable
      ? unreadable(address)
      : {
          kind: 'string',
          bytes: bytes.subarray(0, shown),
          encoding: this.width === 1 ? 'bytes' : 'wide',
          truncated,
        };
    const plan = this.planOf(Buffer.from(bytes).toString('latin1'));
    const frame = plan.frames.makeFrame();
    plan.frames.fill(frame, at);
    return { text, rest: { plan, frame } };
  }

  /** @param assigned scanf: how many conversions succeeded; printf: all are there */
  values({ plan, frame }: FormatFrame, context: LensContext, assigned: number): Argument[] {
    const outer = context.frame;
    context.frame = frame.view;
    const values = plan.lenses.map((lens, index): Argument => {
      const after = plan.arguments[index]?.assignedAfter;
      const chosen = after !== undefined && after >= assigned ? this.address : lens;
      return { value: chosen(frame.view, plan.frames.offsets[index] ?? 0, context) };
    });
    context.frame = outer;
    if (!plan.isWhole) values.push({ value: { kind: 'elided' } });
    return values;
  }

  private planOf(text: string): FormatPlan {
    const known = this.plans.get(text);
    if (known !== undefined) return known;
    const { style } = this.parameter.lens;
    const made = this.compile(style === 'printf' ? parsePrintf(text) : parseScanf(text));
    if (this.plans.size >= MOST_PLANS) this.plans.clear();
    this.plans.set(text, made);
    return made;
  }

  private compile({ list, isWhole }: FormatArguments): FormatPlan {
    const found = this.hidesTexts ? list.map(withoutText) : list;
    const allocator = this.allocator.fork();
    const frames = new FramePlan(found.map(({ type }) => allocator.next(promoted(ctypeOf(type)))));
    const parameters = found.map(({ type }, index): NamedPlace => ({
      type,
      offset: frames.offsets[index] ?? 0,
    }));
    const around: LensSurroundings = { ...this.around, parameters, members: [] };
    const lenses = found.map(({ type }) => around.compile(type, undefined, around));
    return { frames, lenses, arguments: found, isWhole };
  }
}

/** Text, characters, and bytes that are printed in hexadecimal one by one: keys and passwords pass so. */
function withoutText(argument: FormatArgument): FormatArgument {
  const { type } = argument;
  const tells =
    type.kind === 'lens'
      ? type.lens.kind === 'string' || type.lens.kind === 'hex'
      : type.kind === 'scalar' && type.type.kind === 'integer' && type.type.character;
  return tells ? { ...argument, type: withLens({ kind: 'secret' }, type) } : argument;
}

/** C promotes integers narrower than int when they are passed through `...`. */
function promoted(type: CType): CType {
  const narrow = type.kind === 'integer' && (type.size === 'char' || type.size === 'short');
  return narrow ? INT : type;
}
