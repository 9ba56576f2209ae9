/** Demangled C++ and Rust names, as far as filters look into them. */

/**
 * `ns::f<int>(char const*) const [clone .part.0]` becomes `ns::f<int>`; the hash at the end of old
 * Rust names (`::h` and 16 hexadecimal digits) goes too. Names without parameters come back as they are.
 */
export function withoutParameters(name: string): string {
  const plain = name
    .replace(/(?: \[clone [^\]]*\])+$/, '')
    .replace(/(?: const| volatile| &&?)+$/, '')
    .replace(/::h[0-9a-f]{16}$/, '');
  if (!plain.endsWith(')')) return plain;
  const open = matchingParenthesis(plain);
  // `operator()` and `(anonymous namespace)` end so too, and are no parameters.
  const before = plain.slice(0, Math.max(0, open));
  return open <= 0 || before.endsWith('operator') || before.endsWith('::') ? plain : before;
}

/** Index of the parenthesis that the last character closes; -1 when there is none. */
function matchingParenthesis(text: string): number {
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at--) {
    if (text[at] === ')') depth++;
    else if (text[at] === '(' && --depth === 0) return at;
  }
  return -1;
}
