/** URLs without the passwords in them: RFC 3986, section 3.2.1, and the attribute pin-value of RFC 7512. */
import type { StringValue, Value } from '../trace/value.js';
import type { Lens } from './lens.js';

export function urlLens(behind: Lens): Lens {
  return (view, offset, context) => withoutPasswords(behind(view, offset, context));
}

function withoutPasswords(value: Value): Value {
  if (value.kind === 'string') return shownUrl(value);
  if (value.kind === 'array') {
    return { ...value, elements: value.elements.map(withoutPasswords) };
  }
  if (value.kind === 'changed') {
    const { before, after } = value;
    return { ...value, before: withoutPasswords(before), after: withoutPasswords(after) };
  }
  if (value.kind !== 'pointer' || value.target === undefined) return value;
  return { ...value, target: withoutPasswords(value.target) };
}

const REDACTED = '<redacted>';

function shownUrl(value: StringValue): StringValue {
  // Byte for byte: what is no UTF-8 stays what it is.
  const url = Buffer.from(value.bytes).toString('latin1');
  const shown = withoutPin(withoutPassword(url, value.truncated));
  return shown === url ? value : { ...value, bytes: Buffer.from(shown, 'latin1') };
}

/** A scheme may be missing (proxies), and libcurl takes one to three slashes behind it. */
const SCHEME = /^[a-z][a-z0-9+.-]*:\/{1,3}|^\/\//i;

function withoutPassword(url: string, truncated: boolean): string {
  const start = SCHEME.exec(url)?.[0].length ?? 0;
  const rest = url.slice(start);
  const colon = rest.indexOf(':');
  if (colon === -1) return url;
  const end = passwordEnd(rest, colon, truncated);
  return end <= colon ? url : url.slice(0, start + colon + 1) + REDACTED + url.slice(start + end);
}

/** Where the password behind this colon ends; -1 when it is a port that stands there. */
function passwordEnd(rest: string, colon: number, truncated: boolean): number {
  const delimiter = rest.search(/[/?#]/);
  const authorityEnd = delimiter === -1 ? rest.length : delimiter;
  if (colon > authorityEnd) return -1;
  const at = rest.lastIndexOf('@', authorityEnd - 1);
  if (at !== -1) return at;
  // An address of IPv6 is in brackets, and a port has digits alone.
  if (rest.startsWith('[')) return -1;
  const behind = rest.slice(colon + 1, authorityEnd);
  if (truncated && delimiter === -1) return rest.length;
  // A password with a slash in it, which ought to be written %2F.
  return /^\d*$/.test(behind) ? -1 : rest.lastIndexOf('@');
}

function withoutPin(url: string): string {
  return url.replace(/([?&;]pin-value=)[^&;]+/gi, `$1${REDACTED}`);
}
