/** Cases of rules that were broken, put together where they say the same. */
import type { CallId, ProcessId } from '../../base/ids.js';
import type { Origin } from '../ledger/setting.js';
import { rule, type Level, type RuleName } from './rules.js';

/** What is said about an object, whichever it is. */
export interface Judgement {
  readonly rule: RuleName;
  /** The sentence that a reviewer needs. */
  readonly sentence: string;
  /** What was seen that proves it, in words. */
  readonly evidence: readonly string[];
  /** The calls that prove it. */
  readonly calls: readonly CallId[];
  /** Who decided; undefined where nobody did. */
  readonly origin: Origin | undefined;
}

/** One case, with where it was met. */
export interface Instance extends Judgement {
  readonly pid: ProcessId;
  /** Path of the program's file. */
  readonly program: string;
  /** The other side, where there is one. */
  readonly peer: string | undefined;
}

/** All cases of the same rule with the same origin. */
export interface Finding {
  readonly rule: RuleName;
  readonly level: Level;
  readonly count: number;
  /** The first one seen stands for all. */
  readonly first: Instance;
  readonly peers: readonly string[];
  /** Somebody lets it pass. */
  readonly allowed?: { readonly because: string; readonly until?: string };
  /** What it is to the baseline, where there is one: another decision of a known place has changed. */
  readonly since?: 'new' | 'changed' | 'known';
}

interface Group {
  count: number;
  readonly first: Instance;
  readonly peers: Set<string>;
}

const MOST_PEERS = 20;
/** A program that decides in more places than these is told of the first. */
const MOST_FINDINGS = 10_000;
const ORDER: Readonly<Record<Level, number>> = { error: 0, warning: 1, note: 2 };

/** So that a million connections of one fault are one finding. */
export class FindingBook {
  private readonly found = new Map<string, Group>();
  /** Cases that were dropped, since there were too many kinds. */
  dropped = 0;

  constructor(private readonly onFirst?: (instance: Instance) => void) {}

  add(instance: Instance): void {
    const id = identity(instance);
    let group = this.found.get(id);
    if (group === undefined) {
      if (this.found.size >= MOST_FINDINGS) {
        this.dropped++;
        return;
      }
      group = { count: 0, first: instance, peers: new Set() };
      this.found.set(id, group);
      this.onFirst?.(instance);
    }
    group.count++;
    if (instance.peer !== undefined && group.peers.size < MOST_PEERS) {
      group.peers.add(instance.peer);
    }
  }

  /** A copy that can go on without changing this one. */
  clone(): FindingBook {
    const copy = new FindingBook();
    for (const [id, { count, first, peers }] of this.found) {
      copy.found.set(id, { count, first, peers: new Set(peers) });
    }
    copy.dropped = this.dropped;
    return copy;
  }

  /** The worst first, then as they came. */
  get all(): readonly Finding[] {
    const findings = [...this.found.values()].map(({ count, first, peers }) => ({
      rule: first.rule,
      level: rule(first.rule).level,
      count,
      first,
      peers: [...peers],
    }));
    return findings.sort((left, right) => ORDER[left.level] - ORDER[right.level]);
  }
}

/** No addresses and no numbers of processes: the same fault in another run has the same. */
export function identity({ rule: name, origin, sentence, program }: Instance): string {
  const { module, what, symbol, asked } = origin ?? {};
  const place = [module, what, symbol?.name, asked?.file, asked?.function];
  return JSON.stringify([name, program, ...place, sentence]);
}
