/** The conversations of one process, by the stream they pass through, and whose they are. */
import type { Connection } from '../ledger/objects.js';
import type { Origin } from '../ledger/setting.js';
import { Conversation, type Direction } from './conversation.js';

export interface Passing {
  /** A descriptor of a process, or a BIO of OpenSSL. */
  readonly stream: { readonly kind: 'descriptor' | 'bio'; readonly name: string };
  readonly direction: Direction;
  readonly records: Uint8Array;
  /** The connection inside whose call this happened. */
  readonly owner: Connection | undefined;
  readonly by: Origin;
}

/** What passed over one descriptor or BIO, from one ClientHello to the next. */
export interface Channel {
  readonly id: string;
  readonly conversation: Conversation;
  readonly stream: Passing['stream'];
  readonly firstBy: Origin;
  owner: Connection | undefined;
  peer: string | undefined;
}

// RFC 8446, sections 5.1 and 4.
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const MESSAGE_AT = 5;

export class WireBook {
  private readonly channels = new Map<string, Channel>();
  /** By the random of the ClientHello: who carries the same bytes is the same connection. */
  private readonly owned = new Map<string, Connection>();
  private readonly byOwner = new Map<Connection, Set<Channel>>();
  /** Those without an owner, by the random of their ClientHello. */
  private readonly waiting = new Map<string, Set<Channel>>();
  private readonly peers = new Map<string, string>();

  /** @param onAbandoned a channel was replaced by a new one of its descriptor */
  constructor(private readonly onAbandoned: (channel: Channel) => void) {}

  take(passing: Passing): void {
    const { stream, direction, records, owner } = passing;
    const id = `${stream.kind} ${stream.name}`;
    let channel = this.channels.get(id);
    if (channel === undefined || startsAnew(channel.conversation, records)) {
      if (channel !== undefined) this.abandon(channel);
      channel = {
        id,
        conversation: new Conversation(),
        stream,
        firstBy: passing.by,
        owner: undefined,
        peer: stream.kind === 'descriptor' ? this.peers.get(stream.name) : undefined,
      };
      this.channels.set(id, channel);
    }
    channel.conversation.take(direction, records);
    if (owner !== undefined) this.join(channel, owner);
    else this.joinByBytes(channel);
  }

  /** A descriptor was connected to, or accepted from, an address. */
  connect(descriptor: string, peer: string): void {
    const channel = this.channels.get(`descriptor ${descriptor}`);
    if (channel !== undefined) {
      this.channels.delete(`descriptor ${descriptor}`);
      this.abandon(channel);
    }
    this.peers.set(descriptor, peer);
  }

  /** A connection is at its end: what it owned is forgotten. */
  forget(connection: Connection): void {
    for (const channel of this.byOwner.get(connection) ?? []) {
      const { clientHello } = channel.conversation;
      if (clientHello !== undefined) this.owned.delete(clientHello.random);
      const isCurrent = this.channels.get(channel.id) === channel;
      if (isCurrent && channel.stream.kind === 'bio') this.channels.delete(channel.id);
    }
    this.byOwner.delete(connection);
  }

  /** Those in which TLS was spoken by nobody who is known. */
  *ownerless(): Generator<Channel> {
    for (const channel of this.channels.values()) {
      if (isOwnerless(channel)) yield channel;
    }
  }

  private join(channel: Channel, owner: Connection): void {
    const { conversation, stream } = channel;
    this.own(channel, owner);
    owner.role ??= conversation.role;
    if (stream.kind === 'descriptor') {
      owner.conversation = conversation;
      owner.peer ??= channel.peer;
    } else {
      owner.inMemory = conversation;
      owner.conversation ??= conversation;
    }
    const random = conversation.clientHello?.random;
    if (random === undefined || this.owned.get(random) === owner) return;
    this.owned.set(random, owner);
    for (const other of this.waiting.get(random) ?? []) {
      if (other.owner === undefined) this.join(other, owner);
    }
    this.waiting.delete(random);
  }

  private own(channel: Channel, owner: Connection): void {
    channel.owner = owner;
    const channels = this.byOwner.get(owner) ?? new Set<Channel>();
    this.byOwner.set(owner, channels.add(channel));
  }

  private joinByBytes(channel: Channel): void {
    if (channel.owner !== undefined) return;
    const random = channel.conversation.clientHello?.random;
    if (random === undefined) return;
    const owner = this.owned.get(random);
    if (owner !== undefined) this.join(channel, owner);
    else this.waiting.set(random, (this.waiting.get(random) ?? new Set()).add(channel));
  }

  private abandon(channel: Channel): void {
    const random = channel.conversation.clientHello?.random;
    if (random !== undefined && channel.stream.kind === 'descriptor') this.owned.delete(random);
    if (random !== undefined) this.stopWaiting(channel, random);
    if (channel.owner !== undefined) this.byOwner.get(channel.owner)?.delete(channel);
    if (isOwnerless(channel)) this.onAbandoned(channel);
  }

  private stopWaiting(channel: Channel, random: string): void {
    const channels = this.waiting.get(random);
    channels?.delete(channel);
    if (channels?.size === 0) this.waiting.delete(random);
  }
}

/** In a BIO the bytes also pass that a socket has carried: a hello there alone is no connection. */
function isOwnerless({ owner, stream, conversation }: Channel): boolean {
  return owner === undefined && stream.kind === 'descriptor' && conversation.speaksTls;
}

/** A ClientHello where the conversation was already past its hellos: another connection on the same descriptor. */
function startsAnew(conversation: Conversation, records: Uint8Array): boolean {
  const isHello = records[0] === HANDSHAKE && records[MESSAGE_AT] === CLIENT_HELLO;
  if (!isHello || conversation.clientHello === undefined)
    return conversation.broken !== undefined && isHello;
  return conversation.serverHello !== undefined && !conversation.serverHello.isRetry;
}
