/**
 * Where Perl keeps what leads to its frames, 64-bit builds with threads. Offsets in bytes, printed by offsetof with the
 * headers of that version (intrpvar.h, cop.h, op.h, cv.h, gv.h, hv.h); builds with -DDEBUGGING have the same.
 */
export interface PerlLayout {
  /** struct interpreter: PL_curcop, PL_curstackinfo, PL_top_env, and its size. */
  readonly interpreter: {
    readonly cop: number;
    readonly stackInfo: number;
    readonly topEnvironment: number;
    readonly bytes: number;
  };
  /** PERL_SI: a stack of contexts; a sort or a tied variable begins one of its own. */
  readonly stackInfo: {
    readonly contexts: number;
    readonly previous: number;
    readonly index: number;
    readonly bytes: number;
  };
  /** PERL_CONTEXT */
  readonly context: { readonly oldCop: number; readonly sub: number; readonly bytes: number };
  /** COP: the statement that is executed. */
  readonly cop: {
    readonly type: number;
    readonly line: number;
    readonly file: number;
    readonly bytes: number;
  };
  /** OP_NEXTSTATE, OP_DBSTATE (opnames.h). */
  readonly statements: readonly number[];
  /** XPVCV, XPVGV, XPVHV with its xpvhv_aux. */
  readonly sub: { readonly name: number; readonly stash: number; readonly flags: number };
  readonly glob: { readonly name: number; readonly stash: number };
  readonly stash: { readonly name: number; readonly nameCount: number };
}

/** By version, of builds with exactly {@link OPTIONS}. */
export const LAYOUTS: Readonly<Record<string, PerlLayout>> = {
  '5.36': {
    interpreter: { cop: 208, stackInfo: 224, topEnvironment: 760, bytes: 3768 },
    stackInfo: { contexts: 8, previous: 16, index: 32, bytes: 40 },
    context: { oldCop: 16, sub: 72, bytes: 104 },
    cop: { type: 32, line: 36, file: 48, bytes: 56 },
    statements: [195, 196],
    sub: { name: 56, stash: 32, flags: 92 },
    glob: { name: 32, stash: 40 },
    stash: { name: 32, nameCount: 60 },
  },
};

/** What PL_bincompat_options says of such a build, as Debian's is: other options make other structures. */
export const OPTIONS: ReadonlySet<string> = new Set(
  (
    'HAS_TIMES MULTIPLICITY PERLIO_LAYERS USE_64_BIT_ALL USE_64_BIT_INT USE_ITHREADS USE_LARGE_FILES ' +
    'USE_LOCALE_COLLATE USE_LOCALE_NUMERIC USE_LOCALE_TIME USE_PERLIO USE_REENTRANT_API'
  ).split(' '),
);

/** SV: sv_any and sv_flags; the type is in the lowest byte (sv.h). */
export const SV = { body: 0, flags: 12, bytes: 24, sub: 13, glob: 9, hash: 12 } as const;
/** SVf_OOK: the hash has an xpvhv_aux. */
export const HAS_AUX = 0x2000000;
/** CVf_NAMED: the sub has a name, and no glob. */
export const IS_NAMED = 0x8000;
/** HEK: length and text of a name. */
export const HEK = { length: 4, text: 8 } as const;
/** cx_type (cop.h): kinds, and bits of some of them. */
export const CONTEXT = {
  kinds: 0xf,
  sub: 9,
  format: 10,
  eval: 11,
  /** CXp_SUB_RE_FAKE: a code block of a pattern, in a sub that is there already. */
  again: 0x80,
  /** CXp_TRYBLOCK: `eval {…}` is a part of its sub. */
  block: 0x40,
} as const;
/** op_type has nine bits (op.h). */
export const OP_TYPE_MASK = 0x1ff;
