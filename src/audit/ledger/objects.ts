/** The objects of TLS libraries, as far as calls tell: contexts, connections, stores of trusted certificates. */
import type { ProcessId } from '../../base/ids.js';
import type { Conversation } from '../wire/conversation.js';
import {
  COPIED_TO_CONNECTIONS,
  Settings,
  type Origin,
  type Setting,
  type SettingName,
} from './setting.js';

export type LibraryKind = 'OpenSSL' | 'GnuTLS' | 'NSS' | 'Go';

/** A word that points to something in a process. */
export type Word = number | bigint;

export interface ObjectFacts {
  /** In the order in which they were met, from 1. */
  readonly id: number;
  readonly pid: ProcessId;
  readonly address: Word;
  readonly kind: LibraryKind;
  /** SONAME or base name of the module whose code it is. */
  readonly library: string;
  /** The call that made it; undefined when that was not seen. */
  readonly madeBy: Origin | undefined;
  /** It may have been made before anybody looked at its process. */
  readonly wasThereBefore: boolean;
}

/** Where trusted certificates come from. */
export interface TrustSource {
  readonly what: string;
  readonly by: Origin;
}

export class TrustStore {
  readonly sources: TrustSource[] = [];
  /** Somebody got hold of it, and may put certificates in on ways that are not looked at. */
  isGivenAway = false;

  get isUntouched(): boolean {
    return this.sources.length === 0 && !this.isGivenAway;
  }
}

export class Context {
  readonly settings: Settings;
  store = new TrustStore();
  references = 1;
  /** A copy that a forked child got: what is to be said of it is said of its parent's. */
  isInherited = false;

  constructor(
    readonly facts: ObjectFacts,
    settings = new Settings(),
  ) {
    this.settings = settings;
  }
}

/** How the certificate of the other side was judged. */
export type Verification =
  | { readonly kind: 'not seen' }
  /** 0 is good; else a number of the library. */
  | { readonly kind: 'result'; readonly result: number; readonly text: string };

export type HostCheck =
  | { readonly kind: 'none' }
  /** The library was told the name and compares it. */
  | { readonly kind: 'set'; readonly name: string; readonly by: Origin }
  /** The application looked at the certificate's names itself. */
  | { readonly kind: 'application'; readonly by: Origin };

/** What became of the other side's certificate. */
export class Outcome {
  verification: Verification = { kind: 'not seen' };
  /** Checked before application data moved. */
  host: HostCheck = { kind: 'none' };
}

/** Of a connection whose context was changed after it had been made. */
const NEVER_SET: Setting = { value: "the library's own", source: 'library default' };

export class Connection {
  settings: Settings;
  context: Context | undefined;
  /** The one that it was made from, whatever {@link context} is now: it keeps the sessions. */
  sessionContext: Context | undefined;
  references = 1;
  /** Its records; of several that carry the same bytes the one nearest to the network. */
  conversation: Conversation | undefined;
  /** The records as the library handed them over, where that was not to a socket itself. */
  inMemory: Conversation | undefined;
  peer: string | undefined;
  role: 'client' | 'server' | undefined;
  /** Sessions of the connection keep it. */
  readonly outcome = new Outcome();
  /** A callback said yes where the library had said no. */
  wasOverruled = false;
  /** The program asked for the result of the verification, and who. */
  askedBy: Origin | undefined;
  /** A session that was put in before the handshake: verified then as this says. */
  resumedFrom: Outcome | 'unknown' | undefined;
  /** The library itself said so. */
  wasReused = false;
  handshakeBy: Origin | undefined;
  handshakeDone = false;
  /** First call that received or sent application data. */
  receivedBy: Origin | undefined;
  sentBy: Origin | undefined;
  /** Number and size of the first protected record that an application's write made, where it went to memory. */
  firstWritten: { readonly index: number; readonly bytes: number } | undefined;
  /** Options of a library above, such as curl's, that said what not to verify. */
  readonly decisions = new Map<'certificate' | 'host', Origin>();
  alpn: string | undefined;

  constructor(
    readonly facts: ObjectFacts,
    settings = new Settings(),
  ) {
    this.settings = settings;
  }

  get verification(): Verification {
    return this.outcome.verification;
  }

  set verification(verification: Verification) {
    this.outcome.verification = verification;
  }

  get host(): HostCheck {
    return this.outcome.host;
  }

  set host(host: HostCheck) {
    this.outcome.host = host;
  }

  /** It is over, and what is to be said was said: whoever still knows it needs no handshakes. */
  dropRecords(): void {
    this.conversation = undefined;
    this.inMemory = undefined;
  }

  /** As SSL_new does, which counts a context once for itself and once for its sessions. */
  hold(context: Context | undefined): void {
    this.context = context;
    this.sessionContext = context;
    if (context !== undefined) context.references += 2;
  }

  /** Has anything happened beyond its being set up? */
  get isBegun(): boolean {
    return this.handshakeBy !== undefined || this.conversation !== undefined;
  }

  /** Those that differ from the context's as they are now, and those that only the context has. */
  get ownSettings(): readonly (readonly [SettingName, Setting])[] {
    const shared = this.context?.settings;
    const own = this.settings.entries().filter(([name, setting]) => shared?.get(name) !== setting);
    const missing = (shared?.entries() ?? []).filter(
      ([name]) => COPIED_TO_CONNECTIONS.has(name) && this.settings.get(name) === undefined,
    );
    return [...own, ...missing.map(([name]) => [name, NEVER_SET] as const)];
  }

  /** The same object in a forked child, where its history is the same and its future another. */
  copyFor(pid: ProcessId, copies: ReadonlyMap<Context, Context>): Connection {
    const copy = new Connection({ ...this.facts, pid }, this.settings.clone());
    copy.context = this.context && copies.get(this.context);
    copy.sessionContext = this.sessionContext && copies.get(this.sessionContext);
    copy.references = this.references;
    copy.role = this.role;
    copy.peer = this.peer;
    copy.verification = this.verification;
    copy.host = this.host;
    copy.handshakeDone = this.handshakeDone;
    return copy;
  }
}
