/** What one process has: its objects by address, as they come and go. */
import type { ProcessId } from '../../base/ids.js';
import { BoundedMap } from './bounded-map.js';
import {
  Connection,
  Context,
  TrustStore,
  type LibraryKind,
  type ObjectFacts,
  type Outcome,
  type Word,
} from './objects.js';
import type { Method, Origin, Settings } from './setting.js';

/** Of objects whose end is not looked at. */
const MOST_ADDRESSES = 8192;

/** Gives every object of a run a number. */
export class ObjectNumbers {
  private last = 0;

  next(): number {
    return ++this.last;
  }
}

/** How an object came to be. */
export interface Making {
  readonly kind: LibraryKind;
  /** The module whose code it is. */
  readonly library: string;
  /** undefined for one that was there before we looked. */
  readonly by: Origin | undefined;
}

/** What an SSL_CONF_CTX works on, SSL_CONF_cmd(3). */
export interface Configuration {
  holder?: Context | Connection | undefined;
  /** Before each command. */
  prefix?: string | undefined;
}

export interface Algorithm {
  readonly kind: 'digest' | 'cipher';
  /** As OpenSSL calls it. */
  readonly name: string;
  readonly isForSecurity: boolean;
}

export type Decision = 'certificate' | 'host';

export class ProcessLedger {
  readonly contexts = new Map<string, Context>();
  readonly connections = new Map<string, Connection>();
  readonly stores = new Map<string, TrustStore>();
  /** Owners of verification parameters (X509_VERIFY_PARAM). */
  readonly parameters = new BoundedMap<string, Context | Connection>(MOST_ADDRESSES);
  /** Certificates that were asked for, by address. */
  readonly certificates = new BoundedMap<string, Connection>(MOST_ADDRESSES);
  readonly sessions = new BoundedMap<string, Outcome>(MOST_ADDRESSES);
  /** BIOs that connections read records from, and write them to. */
  readonly transports = new BoundedMap<string, Connection>(MOST_ADDRESSES);
  /** BIOs of the application above a connection: what it reads and writes there is data. */
  readonly layers = new BoundedMap<string, Connection>(MOST_ADDRESSES);
  /** Verifications under way (X509_STORE_CTX), and of whose certificate. */
  readonly verifications = new BoundedMap<string, Connection>(MOST_ADDRESSES);
  /** What functions gave that stand for versions, by address. */
  readonly methods = new Map<string, Method>();
  readonly configurations = new BoundedMap<string, Configuration>(MOST_ADDRESSES);

  /** What stands for a digest or cipher, by address. */
  readonly algorithms = new BoundedMap<string, Algorithm>(MOST_ADDRESSES);
  /** Contexts of digests (EVP_MD_CTX) that are said not to be for security. */
  readonly laxDigests = new BoundedMap<string, true>(MOST_ADDRESSES);
  /** Operations (EVP_PKEY_CTX) that encrypt or decrypt, rather than sign. */
  readonly encryptions = new BoundedMap<string, true>(MOST_ADDRESSES);

  /** What the application told a library above, such as curl, not to verify. */
  readonly decisions = new Map<Decision, Origin>();

  constructor(
    readonly pid: ProcessId,
    private readonly numbers: ObjectNumbers,
    /** 'beginning': everything that the process has was made under our eyes. */
    private readonly watchedFrom: 'beginning' | 'later',
  ) {}

  /** A context that a call just made; one of that address that was there is gone. */
  makeContext(address: Word, made: Making): Context {
    const context = new Context(this.facts(address, made));
    this.contexts.set(key(address), context);
    return context;
  }

  makeConnection(address: Word, made: Making, settings?: Settings): Connection {
    const connection = new Connection(this.facts(address, made), settings);
    this.connections.set(key(address), connection);
    return connection;
  }

  /** The connection whose records the BIO at this address carries, while there is one. */
  carriedBy(address: Word): Connection | undefined {
    return this.openIn(this.transports, address);
  }

  /** The connection that stands in one of these maps, as long as it is not over. */
  openIn(map: Map<string, Connection>, address: Word): Connection | undefined {
    const connection = map.get(key(address));
    if (connection === undefined) return undefined;
    if (this.connections.get(key(connection.facts.address)) === connection) return connection;
    map.delete(key(address));
    return undefined;
  }

  /** Everything a forked child has, as copies of its own. */
  fork(pid: ProcessId): ProcessLedger {
    const child = new ProcessLedger(pid, this.numbers, this.watchedFrom);
    const stores = new Map<TrustStore, TrustStore>();
    const storeOf = (store: TrustStore): TrustStore => {
      let copy = stores.get(store);
      if (copy === undefined) {
        copy = new TrustStore();
        copy.sources.push(...store.sources);
        stores.set(store, copy);
      }
      return copy;
    };
    const contexts = new Map<Context, Context>();
    for (const [address, context] of this.contexts) {
      const copy = new Context({ ...context.facts, pid }, context.settings.clone());
      copy.references = context.references;
      copy.isInherited = true;
      copy.store = storeOf(context.store);
      contexts.set(context, copy);
      child.contexts.set(address, copy);
    }
    const connections = new Map<Connection, Connection>();
    for (const [address, connection] of this.connections) {
      const copy = connection.copyFor(pid, contexts);
      connections.set(connection, copy);
      child.connections.set(address, copy);
    }
    for (const [address, outcome] of this.sessions) child.sessions.set(address, outcome);
    for (const [address, method] of this.methods) child.methods.set(address, method);
    for (const [address, one] of this.algorithms) child.algorithms.set(address, one);
    for (const [address, store] of this.stores) child.stores.set(address, storeOf(store));
    for (const [address, owner] of this.parameters) {
      const copy = owner instanceof Context ? contexts.get(owner) : connections.get(owner);
      if (copy !== undefined) child.parameters.set(address, copy);
    }
    return child;
  }

  private facts(address: Word, { kind, library, by }: Making): ObjectFacts {
    const wasThereBefore = by === undefined && this.watchedFrom === 'later';
    const { pid } = this;
    return { id: this.numbers.next(), pid, address, kind, library, madeBy: by, wasThereBefore };
  }
}

export function key(address: Word): string {
  return address.toString(16);
}
