/** Whom a socket is connected to, connect(2), accept(2), and keys that a library logs on its own. */
import type { Value } from '../../trace/value.js';
import { brief } from './call-words.js';
import { atReturn, type HandlerTable } from './handler.js';
import type { Moment } from './moment.js';

/** EINPROGRESS is recorded as errno of a result of -1: the peer is known all the same. */
const connected = atReturn((at) => {
  const peer = peerOf(at.value(1));
  if (peer !== undefined) at.around.onConnect(at.word(0).toString(), peer);
});

const accepted = atReturn((at) => {
  if (at.resultInt < 0) return;
  at.around.onConnect(`${at.resultInt}`, peerOf(at.value(1)) ?? 'unknown');
});

/** GnuTLS asks for the name of its key log so, and for nothing else of that name. */
const environment = atReturn((at: Moment) => {
  if (at.text(0) === 'SSLKEYLOGFILE' && at.result !== 0) at.around.onKeyLog(at.origin(0));
});

export const SOCKETS: HandlerTable = {
  connect: connected,
  accept: accepted,
  accept4: accepted,
  secure_getenv: environment,
};

/** `127.0.0.1:443`, `[::1]:443` or the path of a local socket. */
export function peerOf(value: Value | undefined): string | undefined {
  if (value?.kind === 'pointer' && value.target !== undefined) return peerOf(value.target);
  if (value?.kind !== 'struct') return undefined;
  const field = (name: string): Value | undefined =>
    value.fields.find((one) => one.name === name)?.value;
  const port = numberIn(field('sin_port') ?? field('sin6_port'));
  const v4 = bytesIn(field('sin_addr'));
  if (v4 !== undefined && port !== undefined) return `${v4.join('.')}:${port}`;
  const v6 = bytesIn(field('sin6_addr'));
  if (v6 !== undefined && port !== undefined) return `${v6Host(v6)}:${port}`;
  const plain = bytesIn(field('sa_data'));
  if (plain !== undefined) return plainPeer(brief(field('sa_family')), plain);
  const path = field('sun_path');
  return path?.kind === 'string' ? Buffer.from(path.bytes).toString('latin1') : undefined;
}

/** A struct sockaddr whose family was not known when it was passed: port and address in network order, ip(7). */
function plainPeer(family: string, bytes: readonly number[]): string | undefined {
  const [high = 0, low = 0, ...address] = bytes;
  return family === 'AF_INET' ? `${address.slice(0, 4).join('.')}:${high * 256 + low}` : undefined;
}

function numberIn(value: Value | undefined): number | undefined {
  return value?.kind === 'integer' ? Number(value.value) : undefined;
}

function bytesIn(value: Value | undefined): readonly number[] | undefined {
  if (value?.kind === 'buffer') return [...value.bytes];
  if (value?.kind !== 'array') return undefined;
  return value.elements.map((element) => numberIn(element) ?? 0);
}

function v6Host(bytes: readonly number[]): string {
  return isMapped(bytes) ? bytes.slice(12).join('.') : `[${v6Text(bytes)}]`;
}

/** An address of IPv4 in a socket of IPv6, RFC 4291 section 2.5.5.2. */
function isMapped(bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => index > 11 || byte === (index < 10 ? 0 : 0xff));
}

/** Without leading zeros; the longest run of zeros is left out, RFC 5952. */
function v6Text(bytes: readonly number[]): string {
  const words = Array.from({ length: 8 }, (_, index) =>
    ((bytes[2 * index] ?? 0) * 256 + (bytes[2 * index + 1] ?? 0)).toString(16),
  );
  const runs = [...words.join(':').matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)];
  const longest = runs.sort((left, right) => right[0].length - left[0].length)[0];
  if (longest === undefined) return words.join(':');
  const text = words.join(':');
  return `${text.slice(0, longest.index)}::${text.slice(longest.index + longest[0].length + 1)}`;
}
