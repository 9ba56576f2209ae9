/**
 * Where CPython keeps what leads to its frames, 64-bit builds. Every offset is in bytes, and was printed by offsetof with
 * the headers of that version (Include/internal/pycore_runtime.h, pycore_interp.h, pycore_frame.h, cpython/pystate.h,
 * cpython/code.h, cpython/unicodeobject.h); release and debug builds have the same. From 3.13 on the interpreter itself
 * says where they are, see debug-offsets.ts.
 */
export interface PythonLayout {
  /** `3.11` */
  readonly version: string;
  /** _PyRuntimeState.interpreters.head */
  readonly interpreters: number;
  /** _PyRuntimeState.gilstate.tstate_current: who holds the lock of all interpreters; there is none from 3.12 on. */
  readonly current?: number;
  readonly interpreter: {
    readonly next: number;
    /** PyInterpreterState.tstate_head, .threads.head */
    readonly threads: number;
  };
  readonly thread: ThreadLayout;
  readonly frame: FrameLayout;
  readonly code: CodeLayout;
  readonly text: {
    /** sizeof(PyASCIIObject), sizeof(PyCompactUnicodeObject): the characters come behind. */
    readonly ascii: number;
    readonly compact: number;
  };
}

/** PyThreadState */
export interface ThreadLayout {
  readonly previous: number;
  readonly next: number;
  readonly interpreter: number;
  /** .thread_id: what pthread_self(3) gave. */
  readonly handle: number;
  readonly frame:
    /** PyThreadState.frame, .current_frame */
    | { readonly kind: 'direct'; readonly at: number }
    /** PyThreadState.cframe: a structure on the stack of each activation of the loop, which leads to its frame. */
    | {
        readonly kind: 'by-cframe';
        readonly at: number;
        readonly current: number;
        readonly previous: number;
        readonly bytes: number;
      };
  /** How many of its bytes are looked at. */
  readonly bytes: number;
}

export type FrameLayout = ObjectFrames | InterpreterFrames;

/** PyFrameObject, one for each activation of the loop. */
export interface ObjectFrames {
  readonly kind: 'objects';
  readonly previous: number;
  readonly code: number;
  readonly instruction: number;
  /** What f_lasti counts: bytes, or code units of two. */
  readonly unit: 1 | 2;
  readonly bytes: number;
}

/** _PyInterpreterFrame */
export interface InterpreterFrames {
  readonly kind: 'structures';
  readonly previous: number;
  readonly code: number;
  /** .prev_instr, .instr_ptr */
  readonly instruction: number;
  readonly owner: number;
  /** .is_entry: the first frame of an activation of the loop; absent where that has a frame of its own on the stack. */
  readonly isEntry?: number;
  readonly bytes: number;
}

/** PyCodeObject */
export interface CodeLayout {
  readonly file: number;
  /** .co_qualname, or .co_name where there is no such thing. */
  readonly name: number;
  readonly lines: number;
  readonly firstLine: number;
  readonly lineForm: 'lnotab' | 'ranges' | 'locations';
  readonly instructions:
    /** .co_code, a bytes object */
    | { readonly kind: 'object'; readonly at: number }
    /** .co_code_adaptive, and ._co_firsttraceable: an index of code units */
    | { readonly kind: 'inline'; readonly at: number; readonly firstTraceable: number };
  /** How many of its bytes are looked at. */
  readonly bytes: number;
}

/** PyObject.ob_type, PyVarObject.ob_size, PyBytesObject.ob_sval, PyASCIIObject.length and .state: the same in all. */
export const OBJECT = { type: 8, size: 16, bytes: 32, length: 16, state: 32 } as const;

const OBJECT_THREAD = { previous: 0, next: 8, interpreter: 16, handle: 176, bytes: 184 } as const;
const OLD_TEXT = { ascii: 48, compact: 72 } as const;
const OLD_CODE = {
  file: 104,
  name: 112,
  lines: 120,
  firstLine: 40,
  instructions: { kind: 'object', at: 48 },
  bytes: 128,
} as const;

/** 3.8 to 3.10: frames are objects. */
const OBJECTS = {
  interpreters: 32,
  interpreter: { next: 0, threads: 8 },
  thread: { ...OBJECT_THREAD, frame: { kind: 'direct', at: 24 } },
  text: OLD_TEXT,
} as const;
const OBJECT_FRAME = { kind: 'objects', previous: 24, code: 32 } as const;

export const LAYOUTS: Readonly<Record<string, PythonLayout>> = {
  '3.8': {
    ...OBJECTS,
    version: '3.8',
    current: 1368,
    frame: { ...OBJECT_FRAME, instruction: 104, unit: 1, bytes: 112 },
    code: { ...OLD_CODE, lineForm: 'lnotab' },
  },
  '3.9': {
    ...OBJECTS,
    version: '3.9',
    current: 568,
    frame: { ...OBJECT_FRAME, instruction: 104, unit: 1, bytes: 112 },
    code: { ...OLD_CODE, lineForm: 'lnotab' },
  },
  '3.10': {
    ...OBJECTS,
    version: '3.10',
    current: 568,
    frame: { ...OBJECT_FRAME, instruction: 96, unit: 2, bytes: 104 },
    code: { ...OLD_CODE, lineForm: 'ranges' },
  },
  '3.11': {
    version: '3.11',
    interpreters: 40,
    current: 576,
    interpreter: { next: 0, threads: 16 },
    thread: {
      previous: 0,
      next: 8,
      interpreter: 16,
      handle: 152,
      frame: { kind: 'by-cframe', at: 56, current: 8, previous: 16, bytes: 24 },
      bytes: 160,
    },
    frame: {
      kind: 'structures',
      previous: 48,
      code: 32,
      instruction: 56,
      owner: 69,
      isEntry: 68,
      bytes: 72,
    },
    code: {
      file: 112,
      name: 128,
      lines: 136,
      firstLine: 72,
      lineForm: 'locations',
      instructions: { kind: 'inline', at: 184, firstTraceable: 168 },
      bytes: 176,
    },
    text: OLD_TEXT,
  },
  '3.12': {
    version: '3.12',
    interpreters: 40,
    interpreter: { next: 0, threads: 72 },
    thread: {
      previous: 0,
      next: 8,
      interpreter: 16,
      handle: 136,
      frame: { kind: 'by-cframe', at: 56, current: 0, previous: 8, bytes: 16 },
      bytes: 144,
    },
    frame: { kind: 'structures', previous: 8, code: 0, instruction: 56, owner: 70, bytes: 72 },
    code: {
      file: 112,
      name: 128,
      lines: 136,
      firstLine: 68,
      lineForm: 'locations',
      instructions: { kind: 'inline', at: 192, firstTraceable: 176 },
      bytes: 184,
    },
    text: { ascii: 40, compact: 56 },
  },
};
