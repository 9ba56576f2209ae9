/** What is declared about a function: the result of every parser (.conf, C header, DWARF), input of src/lens. */
import type { BitField, FloatType, IntegerType, VoidType } from '../ctype/ctype.js';

export interface Prototype {
  /** As the dynamic symbol table spells it, without version. For a variant: the name to show. */
  readonly name: string;
  /** Several results, as Go has them, are a struct without a name. */
  readonly result: LensedType;
  readonly parameters: readonly Parameter[];
  /** More arguments follow that no `format` describes. */
  readonly variadic: boolean;
  /** Tried in order at entry; the first whose condition holds replaces this prototype. */
  readonly variants: readonly Variant[];
  readonly declaredAt?: SourcePosition;
  /** Absent: that of C. 'go-stack': of Go before 1.17, and on i386. */
  readonly convention?: 'go' | 'go-stack';
}

export interface Variant {
  /** May use `argN`, numbers and operators. Arguments are those of the real function, as raw words. */
  readonly condition: Expression;
  /** Shown under its own name; its parameters stand in the places of the real ones. */
  readonly prototype: Prototype;
}

/** 'out' and 'inout' are read when the call returns; 'inout' also at entry. */
export type Direction = 'in' | 'out' | 'inout';

export interface Parameter {
  readonly name?: string;
  readonly type: LensedType;
  /**
   * In a .conf file every parameter right of the first `+` is 'out' unless marked `in`: ltrace's rule.
   * Whatever the direction, arguments from the first 'out' or 'inout' on are shown at return.
   */
  readonly direction: Direction;
}

/** A C type together with how its values are shown. Cycles go through `pointer` only. */
export type LensedType =
  | { readonly kind: 'scalar'; readonly type: VoidType | IntegerType | FloatType }
  /** Pointer to void: an address. Pointer to function: `module:symbol`. Else the pointee is shown. */
  | { readonly kind: 'pointer'; readonly target: LensedType }
  | { readonly kind: 'function' }
  | LensedArray
  | LensedStruct
  /** `lens` governs everything below that has no lens of its own. */
  | { readonly kind: 'lens'; readonly lens: LensSpec; readonly of: LensedType };

export interface LensedArray {
  readonly kind: 'array';
  readonly element: LensedType;
  readonly length: Expression;
}

export interface LensedStruct {
  readonly kind: 'struct' | 'union';
  readonly name?: string;
  /** May be filled after the object was made: a struct can point to itself. */
  readonly fields: readonly LensedField[];
  /** See StructType.bytes. */
  readonly bytes?: number;
}

export interface LensedField {
  readonly name?: string;
  readonly type: LensedType;
  /** See StructField. */
  readonly offset?: number;
  readonly bitField?: BitField;
}

export type LensSpec =
  | {
      readonly kind:
        | 'decimal'
        | 'hex'
        | 'octal'
        | 'bool'
        | 'bits'
        | 'guess'
        | 'character'
        | 'hide'
        | 'descriptor'
        /** The integer is in network byte order, its first byte the highest. */
        | 'network'
        /** Over `array(char, N)`: the name of a UNIX domain socket, a path or an abstract one, unix(7). */
        | 'socket-name'
        /** The result is 0 or an error number, as with pthread functions. */
        | 'errnum'
        /** The result is negative: an error number with its sign changed, as with system calls. */
        | 'negerrno';
    }
  /** Over `char*`, `array(char, …)*`, `array(char, …)`, the same of wide characters, or one character. */
  | { readonly kind: 'string' }
  | { readonly kind: 'enum'; readonly names: readonly NamedValue[] }
  | { readonly kind: 'flags'; readonly names: readonly NamedBits[] }
  /** Over `void*`: that many bytes, as text or hexadecimal. */
  | { readonly kind: 'buffer'; readonly length: Expression }
  /** Over a pointer: what it points to ends behind that many bytes. */
  | { readonly kind: 'within'; readonly length: Expression }
  /** Over `void*`: that many bytes, which hold texts with the length of each in a byte before it (RFC 7301, 3.1). */
  | { readonly kind: 'alpn'; readonly length: Expression }
  /** Not read unless secrets are to be shown. */
  | { readonly kind: 'secret' }
  /** Over strings: URLs, in full; passwords in them are not shown unless secrets are to be. */
  | { readonly kind: 'url' }
  /** Strings below are worth more than `-s` allows: file names, lists of ciphers. */
  | { readonly kind: 'full' }
  /** The result tells of failure: when `failure` is not 0, by default when -1 or a null pointer. */
  | { readonly kind: 'errno'; readonly failure?: Expression }
  /** Over `char*`: the arguments that follow are those that this format string describes. */
  | { readonly kind: 'format'; readonly style: 'printf' | 'scanf'; readonly wide: boolean };

export interface NamedValue {
  readonly name: string;
  readonly value: number | bigint;
}

export interface NamedBits extends NamedValue {
  /** The bits to compare; by default those of `value`. */
  readonly mask?: number | bigint;
}

/** Lengths and conditions. Evaluates to an integer, or to nothing (an argument that is not there). */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  /** 1 is the first argument. */
  | { readonly kind: 'argument'; readonly index: number }
  /** Only known at return. */
  | { readonly kind: 'result' }
  /** Member of the innermost enclosing struct; 1 is the first. */
  | { readonly kind: 'element'; readonly index: number }
  /** The integer that argument or member `of` points to. */
  | { readonly kind: 'pointee'; readonly of: Expression }
  /** Array lengths only: up to the first element whose bytes are all zero, `limit` at most. */
  | { readonly kind: 'zero'; readonly limit?: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    };

export type BinaryOperator =
  '+' | '-' | '*' | '/' | '&' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '&&' | '||';

export interface SourcePosition {
  readonly file: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

/** A mistake in a prototype file. What it stands in is skipped, the rest of the file counts. */
export interface Diagnostic extends SourcePosition {
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/** What is wrong with a file as a whole. */
export type FileProblem = Pick<Diagnostic, 'file' | 'severity' | 'message'>;
