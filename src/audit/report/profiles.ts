/** Puts objects together of which the same is to be said, so that a long run has a short report. */
import type { Connection, Context } from '../ledger/objects.js';
import type { Origin, Setting, SettingName } from '../ledger/setting.js';
import type { Channel } from '../wire/wire-book.js';
import { factsOf, wireFacts } from './connection-facts.js';
import type { BlindSpot, ConnectionProfile, ContextProfile, FirstOfSame } from './report.js';

const MOST_PEERS = 20;
/** What differs in more ways than these is counted under the last of its kind. */
const MOST_PROFILES = 2000;

interface Counted<Profile> {
  readonly profile: Profile;
  /** Who began the first of them. */
  readonly by: Origin | undefined;
  count: number;
  readonly peers: Set<string>;
}

class Counts<Profile> {
  private readonly found = new Map<string, Counted<Profile>>();
  dropped = 0;

  add(profile: Profile, by: Origin | undefined, peer: string | undefined): void {
    const id = JSON.stringify(profile, (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}n` : value,
    );
    let group = this.found.get(id);
    if (group === undefined) {
      if (this.found.size >= MOST_PROFILES) {
        this.dropped++;
        return;
      }
      this.found.set(id, (group = { profile, by, count: 0, peers: new Set() }));
    }
    group.count++;
    if (peer !== undefined && group.peers.size < MOST_PEERS) group.peers.add(peer);
  }

  clone(): Counts<Profile> {
    const copy = new Counts<Profile>();
    for (const [id, { profile, by, count, peers }] of this.found) {
      copy.found.set(id, { profile, by, count, peers: new Set(peers) });
    }
    copy.dropped = this.dropped;
    return copy;
  }

  get all(): readonly (Profile &
    FirstOfSame & { readonly count: number; readonly peers: readonly string[] })[] {
    return [...this.found.values()].map(({ profile, by, count, peers }) => ({
      ...profile,
      ...(by !== undefined && { by }),
      count,
      peers: [...peers],
    }));
  }
}

export class Profiles {
  private constructor(
    private readonly contextCounts: Counts<Omit<ContextProfile, 'count' | 'by'>>,
    private readonly connectionCounts: Counts<Omit<ConnectionProfile, 'count' | 'peers' | 'by'>>,
    private readonly blindCounts: Counts<Omit<BlindSpot, 'count' | 'peers' | 'by'>>,
  ) {}

  static empty(): Profiles {
    return new Profiles(new Counts(), new Counts(), new Counts());
  }

  clone(): Profiles {
    return new Profiles(
      this.contextCounts.clone(),
      this.connectionCounts.clone(),
      this.blindCounts.clone(),
    );
  }

  addContext(context: Context, program: string): void {
    const { library, madeBy } = context.facts;
    const settings = context.settings.entries().map(plainly);
    const trust = context.store.sources.map(({ what, by }) => `${what} by ${by.module}`);
    const by = madeBy === undefined ? 'before we looked' : madeBy.module;
    this.contextCounts.add({ program, library, madeBy: by, settings, trust }, madeBy, undefined);
  }

  addConnection(connection: Connection, program: string): void {
    const { library } = connection.facts;
    const role = connection.conversation?.role ?? connection.role ?? 'unknown';
    const facts = factsOf(connection);
    const settings = connection.ownSettings.map(plainly);
    const by = connection.handshakeBy ?? connection.facts.madeBy;
    this.connectionCounts.add({ program, library, role, facts, settings }, by, connection.peer);
  }

  addBlindSpot(channel: Channel, pid: number, program: string, hint: string): void {
    const { conversation, firstBy, peer } = channel;
    const role = conversation.role ?? 'unknown';
    const facts = wireFacts(conversation);
    this.blindCounts.add(
      { pid, program, module: firstBy.module, role, facts, hint },
      firstBy,
      peer,
    );
  }

  get contexts(): readonly ContextProfile[] {
    return this.contextCounts.all;
  }

  get connections(): readonly ConnectionProfile[] {
    return this.connectionCounts.all;
  }

  get blindSpots(): readonly BlindSpot[] {
    return this.blindCounts.all;
  }
}

function plainly([name, setting]: readonly [SettingName, Setting]) {
  return [name, withoutNumbers(setting)] as const;
}

/** Numbers of calls and addresses differ from object to object. */
function withoutNumbers({ value, number, source, by, overrode }: Setting): Setting {
  return {
    value,
    ...(number !== undefined && { number }),
    source,
    ...(by !== undefined && { who: `${by.module}->${by.what}` }),
    ...(overrode !== undefined && { overrode: withoutNumbers(overrode) }),
  };
}
