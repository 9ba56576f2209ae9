/** Shows values exactly and shortly, to compare what came by different ways. */
import { createHash } from 'node:crypto';
import type { CallEvent } from '../../src/trace/event.js';
import type { Value } from '../../src/trace/value.js';

/** `v_integers(-1, 255)`, with long text as its length and digest. */
export function shownExactly({ symbol, args }: CallEvent): string {
  return `${symbol}(${args.map(({ value }) => shown(value)).join(', ')})`;
}

function shown(value: Value): string {
  if (value.kind === 'integer') return String(value.value);
  if (value.kind === 'float') return Object.is(value.value, -0) ? '-0' : String(value.value);
  if (value.kind === 'string' || value.kind === 'buffer') return shownBytes(value.bytes);
  if (value.kind === 'character') return `character ${value.code}`;
  if (value.kind === 'pointer' && value.target !== undefined) return shown(value.target);
  return value.kind;
}

export function shownBytes(bytes: Uint8Array): string {
  if (bytes.length < 100) return Buffer.from(bytes).toString('hex');
  return `${bytes.length} bytes ${createHash('sha256').update(bytes).digest('hex')}`;
}
