/** Programs of some languages use no TLS library: who looks for its calls is told so. */
import type { FilterRule } from '../../filter/symbol-filter.js';
import { copiedLibraries } from '../../prototype/copied-libraries.js';
import type { TlsLanguage, UnmatchedReason } from '../../trace/unmatched.js';
import type { Module } from '../modules/module.js';

type OwnTls = Extract<UnmatchedReason, { kind: 'own-tls' }>;

/** Does the rule look for a TLS library in a program that brings its own TLS? */
export function ownTlsOf(rule: FilterRule, modules: readonly Module[]): OwnTls | undefined {
  const names = rule.namePrefixes ?? [];
  if (!names.some(isOfTls)) return undefined;
  for (const module of modules) {
    const language = languageWithTls(module);
    if (language !== undefined) return { kind: 'own-tls', language, module: module.name };
  }
  return undefined;
}

const TLS_LIBRARIES: ReadonlySet<string> = new Set(['libssl.so', 'libcrypto.so', 'libgnutls.so']);

/** `SSL_new`, or what many such names begin with: `SSL`. */
function isOfTls(start: string): boolean {
  return [start, `${start}_`].some((name) =>
    copiedLibraries(name).some((library) => TLS_LIBRARIES.has(library)),
  );
}

function languageWithTls({ name, image }: Module): TlsLanguage | undefined {
  // In everything that Go's linker writes since 1.13.
  if (image.sections.some((section) => section.name === '.go.buildinfo')) return 'Go';
  if (/^libjvm\.so/.test(name)) return 'Java';
  return image.staticTable?.table.mayStartWith(RUSTLS) === true ? 'Rust' : undefined;
}

/** A module of the crate, as both manglings spell it: the length of the name, then the name. */
const RUSTLS = Buffer.from('6rustls');
