/** Compiled captures for functions and system calls: what the engine asks when it first sees one. */
import type { Arch } from '../arch/arch.js';
import { silentLog, type DebugLog } from '../base/debug-log.js';
import type { CallAbi } from '../arch/call-abi.js';
import type { PrototypeLibrary } from '../prototype/prototype-library.js';
import { longType, withLens } from '../prototype/lensed-type.js';
import type { Parameter, Prototype, Variant } from '../prototype/prototype.js';
import { captureNothing, compileCapture } from './capture.js';
import { mentionsArguments } from './parameter-slots.js';
import { tellsFailure } from './result.js';
import type { CallCapture, CaptureLimits } from './stopped-call.js';

/** A function whose arguments are to be read. */
export interface CapturedFunction {
  readonly arch: Arch;
  readonly symbol: string;
  readonly aliases: readonly string[];
  /** SONAMEs to look in, likeliest first. */
  readonly libraries: readonly string[];
  /** Of a function that nobody describes. */
  readonly convention?: Prototype['convention'];
}

/** Knows prototypes that no file has: from debug information. */
export type FallbackPrototypes<Request extends CapturedFunction> = (
  request: Request,
) => Prototype | undefined;

function abiOf(arch: Arch, convention: Prototype['convention']): CallAbi {
  return convention === undefined ? arch.callAbi : arch.goAbis[convention];
}

/** What was compiled, by prototype: functions called from several modules, or looked up before they are called. */
class KeptCaptures {
  private readonly kept = new WeakMap<CallAbi, WeakMap<Prototype, CallCapture>>();

  of(prototype: Prototype, abi: CallAbi, compile: () => CallCapture): CallCapture {
    let captures = this.kept.get(abi);
    if (captures === undefined) this.kept.set(abi, (captures = new WeakMap()));
    let capture = captures.get(prototype);
    if (capture === undefined) captures.set(prototype, (capture = compile()));
    return capture;
  }
}

export class PrototypeCaptures<Request extends CapturedFunction = CapturedFunction> {
  private readonly kept = new KeptCaptures();

  constructor(
    private readonly library: PrototypeLibrary,
    private readonly limits: CaptureLimits,
    private readonly fallback: FallbackPrototypes<Request> = () => undefined,
    private readonly log: DebugLog = silentLog,
  ) {}

  forFunction(request: Request): CallCapture {
    const prototype = this.prototypeOf(request);
    const { convention } = prototype ?? request;
    return this.compiled(prototype, abiOf(request.arch, convention));
  }

  /** undefined for a function that nobody describes. */
  prototypeOf(request: Request): Prototype | undefined {
    const { symbol, aliases, libraries } = request;
    const declared = this.library.lookup(libraries, symbol, aliases);
    const prototype = declared ?? this.fallback(request);
    if (this.log.enabled) {
      const at = declared?.declaredAt;
      const other = prototype === undefined ? 'nobody describes it' : 'debug information';
      const place = at === undefined ? other : `${at.file}:${at.line}`;
      this.log.write('prototypes', `${symbol} of ${libraries.join(' or ')}: ${place}`);
    }
    return prototype;
  }

  /** So that `forFunction` has less to do: all but the fallback. */
  lookAhead({ arch, symbol, aliases, libraries }: Request): void {
    this.compiled(this.library.lookup(libraries, symbol, aliases), arch.callAbi);
  }

  /** Has this library prototypes of its own? */
  describes(library: string): boolean {
    return this.library.describes(library);
  }

  private compiled(prototype: Prototype | undefined, abi: CallAbi): CallCapture {
    const compile = (): CallCapture => compileCapture(prototype, abi, this.limits);
    return prototype === undefined ? compile() : this.kept.of(prototype, abi, compile);
  }

  /** @param name without `SYS_` */
  forSyscall(arch: Arch, name: string): CallCapture {
    const prototype = this.library.lookupSyscall(name) ?? UNKNOWN_SYSCALL;
    return compileCapture(prototype, arch.syscallAbi, this.limits);
  }
}

const GUESS = withLens({ kind: 'guess' }, longType);

/** Four words, as for a function that nobody describes; what says failure is the same for all system calls. */
const UNKNOWN_SYSCALL: Prototype = {
  name: '',
  result: withLens({ kind: 'negerrno' }, GUESS),
  parameters: Array.from({ length: 4 }, () => ({ type: GUESS, direction: 'in' })),
  variadic: false,
  variants: [],
};

/** For counting: reads no arguments, only whether a call failed. */
export class OutcomeCaptures<Request extends CapturedFunction = CapturedFunction> {
  constructor(
    private readonly library: PrototypeLibrary,
    private readonly limits: CaptureLimits,
  ) {}

  forFunction({ arch, symbol, aliases, libraries }: Request): CallCapture {
    const prototype = this.library.lookup(libraries, symbol, aliases);
    return this.outcomeOf(prototype, arch.callAbi);
  }

  /** Has this library prototypes of its own? */
  describes(library: string): boolean {
    return this.library.describes(library);
  }

  /** What is found is kept by the library; there is little to compile. */
  lookAhead({ symbol, aliases, libraries }: Request): void {
    this.library.lookup(libraries, symbol, aliases);
  }

  /** @param name without `SYS_` */
  forSyscall(arch: Arch, name: string): CallCapture {
    const prototype = this.library.lookupSyscall(name) ?? UNKNOWN_SYSCALL;
    return this.outcomeOf(prototype, arch.syscallAbi);
  }

  private outcomeOf(prototype: Prototype | undefined, abi: CallAbi): CallCapture {
    if (prototype === undefined) return captureNothing;
    const { result, variants } = prototype;
    if (variants.length === 0 && !tellsFailure(result)) return captureNothing;
    return compileCapture(outcomeOnly(prototype), abi, this.limits);
  }
}

/**
 * The same function without its arguments, but for those that its result needs, or the choice among its variants:
 * they are found, and not looked at.
 */
function outcomeOnly(prototype: Prototype): Prototype {
  const { result, variants } = prototype;
  const needsArguments = variants.length > 0 || mentionsArguments(result);
  const parameters = needsArguments ? prototype.parameters.map(hidden) : [];
  return { ...prototype, parameters, variadic: false, variants: variants.map(outcomeOfVariant) };
}

function hidden({ type }: Parameter): Parameter {
  return { type: withLens({ kind: 'hide' }, type), direction: 'in' };
}

/** A variant is parsed when it is first chosen. */
function outcomeOfVariant(variant: Variant): Variant {
  return {
    condition: variant.condition,
    get prototype() {
      return outcomeOnly(variant.prototype);
    },
  };
}
