/** Names of subs, out of Perl's symbol tables. */
import { pointerIn, uint32In, type ReadAhead } from '../read-ahead.js';
import { HAS_AUX, HEK, IS_NAMED, SV, type PerlLayout } from './layout.js';

/** Longer names nobody writes. */
const MOST_BYTES = 1024;

/** `main::fetch`; undefined where there is no such sub. */
export function subName(memory: ReadAhead, layout: PerlLayout, sub: number): string | undefined {
  const body = bodyOf(memory, sub, SV.sub);
  if (body === undefined) return undefined;
  const flags = memory.take(body + layout.sub.flags, 4);
  const holder = memory.pointer(body + layout.sub.name);
  if (flags === undefined || holder === undefined) return undefined;
  if ((uint32In(flags, 0) & IS_NAMED) !== 0) {
    return joined(memory, layout, { name: holder, stash: memory.pointer(body + layout.sub.stash) });
  }
  const glob = bodyOf(memory, holder, SV.glob);
  if (glob === undefined) return undefined;
  const name = memory.pointer(glob + layout.glob.name);
  return joined(memory, layout, { name, stash: memory.pointer(glob + layout.glob.stash) });
}

interface Parts {
  readonly name: number | undefined;
  readonly stash: number | undefined;
}

function joined(memory: ReadAhead, layout: PerlLayout, parts: Parts): string | undefined {
  const name = hashKey(memory, parts.name);
  const stash = stashName(memory, layout, parts.stash);
  return name === undefined || stash === undefined ? undefined : `${stash}::${name}`;
}

function stashName(
  memory: ReadAhead,
  layout: PerlLayout,
  stash: number | undefined,
): string | undefined {
  const body = bodyOf(memory, stash ?? 0, SV.hash, HAS_AUX);
  if (body === undefined) return undefined;
  const count = memory.take(body + layout.stash.nameCount, 4);
  const name = memory.pointer(body + layout.stash.name);
  if (count === undefined || name === undefined) return undefined;
  // With several names they are in a list.
  return hashKey(memory, uint32In(count, 0) === 0 ? name : memory.pointer(name));
}

/** sv_any of a value that is of this type. */
function bodyOf(memory: ReadAhead, value: number, type: number, needed = 0): number | undefined {
  const head = memory.take(value, SV.bytes);
  if (head === undefined) return undefined;
  const flags = uint32In(head, SV.flags);
  if ((flags & 0xff) !== type || (flags & needed) !== needed) return undefined;
  return pointerIn(head, SV.body);
}

function hashKey(memory: ReadAhead, key: number | undefined): string | undefined {
  const head = memory.take(key ?? 0, HEK.text);
  const length = head === undefined ? 0 : uint32In(head, HEK.length);
  if (length === 0 || length > MOST_BYTES) return undefined;
  const text = memory.take((key ?? 0) + HEK.text, length + 1);
  // A NUL is behind it, and none in it.
  return text === undefined || text.indexOf(0) !== length ? undefined : decoded(text, length);
}

export function decoded(bytes: Uint8Array, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('utf8');
}
