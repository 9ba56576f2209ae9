/** The file and line that a tool for source code can point to, for what a call decided. */
import type { Origin } from '../../audit/ledger/setting.js';
import type { AuditReport } from '../../audit/report/report.js';
import { nameBytes } from '../text/escape.js';
import { sourceLineOf } from './finding-words.js';

export interface DecidingPlace {
  /** As in the debug information or on the command line: a path, or Latin-1 of its bytes. */
  readonly file: string;
  /** From 1; absent where only the file is known. */
  readonly line?: number;
  readonly column?: number;
}

/**
 * Best first: the line of the script that wanted it, the source line of the caller or the innermost frame that has one, the script that an interpreter runs, the file that
 * the user named to stand for all, the program itself.
 */
export function decidingPlace(
  origin: Origin | undefined,
  { report, program, anchor }: { report: AuditReport; program: string; anchor: string | undefined },
): DecidingPlace {
  const { asked } = origin ?? {};
  if (asked !== undefined && !MADE_CODE.test(asked.file)) {
    return { file: asked.file, ...(asked.line !== undefined && { line: asked.line }) };
  }
  const source = origin && sourceLineOf(origin);
  if (source !== undefined) {
    const { file, line, column } = source;
    return { file, ...(line > 0 && { line }), ...(line > 0 && column > 0 && { column }) };
  }
  return { file: scriptOf(report.command) ?? anchor ?? (program === '' ? 'unknown' : program) };
}

/** What interpreters call code that is in no file: `<string>`, `-e`. */
const MADE_CODE = /^<|^-e$/;
const SCRIPT = /\.(?:py|js|mjs|cjs|ts|rb|pl|php|lua|sh|tcl|jar)$/;
const INTERPRETER =
  /^(?:python|pypy|node|nodejs|deno|bun|ruby|perl|php|lua|luajit|sh|bash|dash|zsh|tclsh|java)[\d.]*$/;
/** Behind these stands no file but a program, or a module's name. */
const NO_SCRIPT = /^-(?:c|e|m|p|r)$/;

function scriptOf([interpreter = '', ...words]: readonly string[]): string | undefined {
  if (!INTERPRETER.test(interpreter.slice(interpreter.lastIndexOf('/') + 1))) return undefined;
  for (const word of words) {
    if (NO_SCRIPT.test(word)) return undefined;
    if (!word.startsWith('-') && SCRIPT.test(word)) return word;
  }
  return undefined;
}

/** What RFC 3986 lets stand in a path without being escaped; `:` not, it would make a scheme of the first part. */
const UNRESERVED = /[A-Za-z0-9\-._~/]/;

/** A reference of RFC 3986: `file:///usr/bin/curl` for an absolute path, else relative as it is. */
export function uriOf(file: string): string {
  let path = '';
  for (const byte of nameBytes(file)) {
    const character = String.fromCharCode(byte);
    path += UNRESERVED.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  // Two slashes at the beginning would name a host.
  return file.startsWith('/') ? `file:///${path.replace(/^\/+/, '')}` : path;
}
