/** Lists of protocols as TLS has them: ProtocolNameList of RFC 7301, section 3.1. */
import type { BufferValue, Value } from '../trace/value.js';
import type { Lens } from './lens.js';

/** @param bytes reads the list as bytes, which are shown where they are no list */
export function alpnLens(bytes: Lens): Lens {
  return (view, offset, context) => {
    const value = bytes(view, offset, context);
    return value.kind === 'buffer' ? (protocolsIn(value) ?? value) : value;
  };
}

/** undefined when a length is 0, or leads beyond the end. */
function protocolsIn({ bytes, length }: BufferValue): Value | undefined {
  const elements: Value[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = at + 1 + (bytes[at] ?? 0);
    if (end === at + 1 || end > length) return undefined;
    // Of a long list not all was read.
    if (end > bytes.length) break;
    const name = bytes.subarray(at + 1, end);
    elements.push({ kind: 'string', bytes: name, encoding: 'bytes', truncated: false });
    at = end;
  }
  return length === 0 ? undefined : { kind: 'array', elements, more: at < length };
}
