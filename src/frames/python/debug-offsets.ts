/**
 * _Py_DebugOffsets, the first member of _PyRuntime from 3.13 on: where the interpreter keeps what a debugger looks for
 * (Include/internal/pycore_debug_offsets.h). Its members stay as they are within one minor version.
 */
import { wordIn } from '../read-ahead.js';
import { OBJECT, type PythonLayout } from './layout.js';

const COOKIE = 'xdebugpy';
const HEAD = ['cookie', 'version', 'free_threaded', 'runtime.size', 'runtime.finalizing'];
const THREAD =
  'size previous next interpreter current_frame handle native_handle chunk status'.split(' ');
const CODE = 'size file name qualname lines first_line arguments names kinds adaptive'.split(' ');

/** Names of its words, one behind the other. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  '3.13': [
    ...HEAD,
    'runtime.interpreters',
    ...'size id next threads gc modules sysdict builtins gil gil1 gil2 gil3 gil4'
      .split(' ')
      .map((name) => `interpreter.${name}`),
    ...THREAD.map((name) => `thread.${name}`),
    ...'size previous code instruction locals owner'.split(' ').map((name) => `frame.${name}`),
    ...CODE.map((name) => `code.${name}`),
    ...counted('object', 2),
    ...counted('type', 4),
    ...counted('tuple', 3),
    ...counted('list', 3),
    ...counted('dict', 3),
    ...counted('float', 2),
    ...counted('long', 3),
    ...'size count bytes'.split(' ').map((name) => `bytes.${name}`),
    ...'size state length ascii'.split(' ').map((name) => `text.${name}`),
  ],
  '3.14': [
    ...HEAD,
    'runtime.interpreters',
    ...'size id next threads main gc modules sysdict builtins gil gil1 gil2 gil3 gil4 generation tlbc'
      .split(' ')
      .map((name) => `interpreter.${name}`),
    ...THREAD.map((name) => `thread.${name}`),
    ...'size previous code instruction locals owner stack tlbc'
      .split(' ')
      .map((name) => `frame.${name}`),
    ...CODE.map((name) => `code.${name}`),
    'code.tlbc',
    ...counted('object', 2),
    ...counted('type', 4),
    ...counted('tuple', 3),
    ...counted('list', 3),
    ...counted('set', 4),
    ...counted('dict', 3),
    ...counted('float', 2),
    ...counted('long', 3),
    ...'size count bytes'.split(' ').map((name) => `bytes.${name}`),
    ...'size state length ascii'.split(' ').map((name) => `text.${name}`),
  ],
};

/** Room for the longest of them. */
export const DEBUG_OFFSETS_BYTES = 8 * 96;

function counted(name: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${name}.${index}`);
}

/** Structures are no larger than this but for those of the runtime and the interpreter, which hold tables. */
const LARGEST_OFFSET = 1 << 16;
const LARGEST_STATE = 1 << 24;
/** PyCompactUnicodeObject is a PyASCIIObject and two words more. */
const COMPACT_WORDS = 16;
/** From .co_code_adaptive back over .co_extra to ._co_firsttraceable, which the offsets leave out (cpython/code.h). */
const BACK_TO_TRACEABLE = 16;
const WORD = 8;

/** @returns what is wrong, in words, where they cannot be what they should */
export function layoutOf(bytes: Uint8Array, version: string, hex: number): PythonLayout | string {
  const names = WORDS[version];
  if (names === undefined) return `its structures are those of ${version}`;
  if (Buffer.from(bytes.subarray(0, 8)).toString('latin1') !== COOKIE) {
    return 'its table of offsets cannot be found';
  }
  const at = (name: string): number => wordIn(bytes, WORD * names.indexOf(name));
  if (at('version') !== hex) return 'its table of offsets is that of another version';
  if (at('free_threaded') !== 0) return 'it is a build without the global lock (free-threaded)';
  const isSound = names.every((name, index) => {
    if (index < 3) return true;
    const most = /^(?:runtime|interpreter)\./.test(name) ? LARGEST_STATE : LARGEST_OFFSET;
    return at(name) < most;
  });
  if (!isSound || !isAsExpected(at)) return 'its table of offsets does not add up';
  return layoutBy(at, version);
}

function isAsExpected(at: (name: string) => number): boolean {
  return (
    at('object.1') === OBJECT.type &&
    at('bytes.count') === OBJECT.size &&
    at('bytes.bytes') === OBJECT.bytes &&
    at('text.length') === OBJECT.length &&
    at('text.state') === OBJECT.state
  );
}

function layoutBy(at: (name: string) => number, version: string): PythonLayout {
  const adaptive = at('code.adaptive');
  return {
    version,
    interpreters: at('runtime.interpreters'),
    interpreter: { next: at('interpreter.next'), threads: at('interpreter.threads') },
    thread: {
      previous: at('thread.previous'),
      next: at('thread.next'),
      interpreter: at('thread.interpreter'),
      handle: at('thread.handle'),
      frame: { kind: 'direct', at: at('thread.current_frame') },
      bytes: at('thread.handle') + WORD,
    },
    frame: {
      kind: 'structures',
      previous: at('frame.previous'),
      code: at('frame.code'),
      instruction: at('frame.instruction'),
      owner: at('frame.owner'),
      bytes: at('frame.owner') + 1,
    },
    code: {
      file: at('code.file'),
      name: at('code.qualname'),
      lines: at('code.lines'),
      firstLine: at('code.first_line'),
      lineForm: 'locations',
      instructions: {
        kind: 'inline',
        at: adaptive,
        firstTraceable: adaptive - BACK_TO_TRACEABLE,
      },
      bytes: adaptive - WORD,
    },
    text: { ascii: at('text.ascii'), compact: at('text.ascii') + COMPACT_WORDS },
  };
}
