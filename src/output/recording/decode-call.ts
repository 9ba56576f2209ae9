/** Reads back the beginnings of calls, with where they came from. */
import { toAddress, type Address } from '../../base/address.js';
import { toCallId } from '../../base/ids.js';
import {
  LANGUAGES,
  type CallEvent,
  type CallSite,
  type Frame,
  type NativeFrame,
  type PlaceInFunction,
  type ScriptFrame,
  type SyscallEvent,
  type Where,
} from '../../trace/event.js';
import { decodeArguments } from './decode-value.js';
import {
  asArray,
  asObject,
  choiceOf,
  BadEvent,
  countOf,
  exactOf,
  flagOf,
  integerOf,
  optionalTextOf,
  textOf,
  type JsonObject,
} from './json-fields.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A thread cannot have more calls open than its stack has room for. */
const MOST_DEPTH = 1_000_000;
const LARGEST_WORD = 2n ** 64n - 1n;

export function decodeCall(object: JsonObject, where: Where): CallEvent {
  const event: Mutable<CallEvent> = {
    kind: 'call',
    ...where,
    call: toCallId(countOf(object, 'call')),
    depth: countOf(object, 'depth', MOST_DEPTH),
    origin: choiceOf(object, 'origin', ['call', 'function']),
    route: choiceOf<CallEvent['route']>(object, 'route', ['plt', 'entry']),
    caller: decodeCallSite(object['caller']),
    library: textOf(object, 'library'),
    symbol: textOf(object, 'symbol'),
    inMainProgram: flagOf(object, 'inMainProgram'),
    args: decodeArguments(object['args']),
  };
  if (object['parent'] !== undefined) event.parent = toCallId(countOf(object, 'parent'));
  if (object['version'] !== undefined) event.version = textOf(object, 'version');
  if (object['demangled'] !== undefined) event.demangled = textOf(object, 'demangled');
  if (object['shownAs'] !== undefined) event.shownAs = textOf(object, 'shownAs');
  if (object['script'] !== undefined) event.script = decodeScript(object['script']);
  if (object['backtrace'] !== undefined) {
    event.backtrace = asArray(object['backtrace'], 'backtrace').map(decodeFrame);
  }
  return event;
}

export function decodeSyscall(object: JsonObject, where: Where): SyscallEvent {
  const event: Mutable<SyscallEvent> = {
    kind: 'syscall',
    ...where,
    call: toCallId(countOf(object, 'call')),
    depth: countOf(object, 'depth', MOST_DEPTH),
    number: integerOf(object, 'number'),
    name: textOf(object, 'name'),
    args: decodeArguments(object['args']),
    caller: decodeCallSite(object['caller']),
  };
  if (object['parent'] !== undefined) event.parent = toCallId(countOf(object, 'parent'));
  if (object['script'] !== undefined) event.script = decodeScript(object['script']);
  return event;
}

/** Where a call came from, or where a thread was. */
export function decodeCallSite(json: unknown): CallSite {
  const object = asObject(json, 'call site');
  const site: Mutable<CallSite> = {
    returnAddress: addressOf(object, 'returnAddress'),
    module: textOf(object, 'module'),
    offset: exactOf(object, 'offset'),
  };
  if (object['symbol'] !== undefined) site.symbol = decodeSymbol(object['symbol']);
  return { ...site, ...decodeSource(object) };
}

/** Of memory that a program may have, or, in a register of one that went astray, any. */
export function addressOf(object: JsonObject, name: string): Address | bigint {
  const address = exactOf(object, name);
  if (address < 0 || address > LARGEST_WORD) throw new BadEvent(`${name} is not an address`);
  return typeof address === 'number' ? toAddress(address) : address;
}

export function decodeFrame(json: unknown): Frame {
  const object = asObject(json, 'frame');
  return object['language'] === undefined ? decodeNativeFrame(object) : decodeScriptFrame(object);
}

function decodeScript(json: unknown): readonly ScriptFrame[] {
  return asArray(json, 'script').map((each) => decodeScriptFrame(asObject(each, 'frame')));
}

function decodeScriptFrame(object: JsonObject): ScriptFrame {
  return {
    language: choiceOf(object, 'language', LANGUAGES),
    function: textOf(object, 'function'),
    file: textOf(object, 'file'),
    ...(object['line'] !== undefined && { line: countOf(object, 'line') }),
  };
}

function decodeNativeFrame(object: JsonObject): NativeFrame {
  const frame: Mutable<NativeFrame> = {
    address: toAddress(countOf(object, 'address')),
    module: textOf(object, 'module'),
    offset: integerOf(object, 'offset'),
  };
  if (object['symbol'] !== undefined) {
    frame.symbol = decodeSymbol(object['symbol']);
  }
  if (object['inlined'] !== undefined) {
    frame.inlined = asArray(object['inlined'], 'inlined').map((each) => {
      const inlined = asObject(each, 'inlined function');
      return {
        name: textOf(inlined, 'name'),
        ...optionalTextOf(inlined, 'demangled'),
        ...decodeSource(inlined),
      };
    });
  }
  return { ...frame, ...decodeSource(object) };
}

function decodeSource(object: JsonObject): Pick<NativeFrame, 'source'> {
  if (object['source'] === undefined) return {};
  const source = asObject(object['source'], 'source');
  return {
    source: {
      file: textOf(source, 'file'),
      line: countOf(source, 'line'),
      column: countOf(source, 'column'),
    },
  };
}

function decodeSymbol(json: unknown): PlaceInFunction {
  const symbol = asObject(json, 'symbol');
  return {
    name: textOf(symbol, 'name'),
    ...optionalTextOf(symbol, 'demangled'),
    offset: integerOf(symbol, 'offset'),
  };
}
