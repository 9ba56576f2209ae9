/**
 * Why a breakpoint stands where it does, and what is to happen when a thread comes there.
 * Hot path: runs at every stop.
 */
import type { Address } from '../../base/address.js';
import type { BreakpointSite } from '../memory/site.js';
import type { EntryPoint } from './entry-point.js';
import type { ReturnPoint } from './return-point.js';

/** @typeParam Thread whoever comes there */
export type SiteReason<Thread> =
  /** Traced calls return to this address. */
  | { readonly kind: 'return'; readonly point: ReturnPoint }
  /** Calls begin here, of as many functions as have the address. */
  | { readonly kind: 'entry'; readonly points: readonly EntryPoint[] }
  | SiteWork<Thread>
  /** The instruction is a system call that may be made in another way. */
  | { readonly kind: 'detour'; readonly by: Detour<Thread> };

/** Work of our own, without an event: the dynamic linker's rendezvous, dlsym. */
export interface SiteWork<Thread> {
  readonly kind: 'work';
  readonly run: (thread: Thread) => void;
}

/** Where a thread goes on that is about to make the system call; asked again where a signal came first. */
export type Detour<Thread> = (thread: Thread, site: SiteFor<Thread>) => Address | undefined;

/** A breakpoint with its reasons. */
export type SiteFor<Thread> = BreakpointSite<SiteReasons<Thread>>;

/** In this order they are dealt with. */
const ORDER = ['return', 'entry', 'work', 'detour'] as const;

const NO_POINTS: readonly EntryPoint[] = [];

export class SiteReasons<Thread> {
  /** Never changed in place: whoever goes through it may be the cause of a change. */
  private reasons: readonly SiteReason<Thread>[];

  constructor(from?: SiteReasons<Thread>) {
    this.reasons = from?.reasons ?? [];
  }

  get list(): readonly SiteReason<Thread>[] {
    return this.reasons;
  }

  /** Reported when a thread begins a call here. */
  get entryPoints(): readonly EntryPoint[] {
    for (const reason of this.reasons) if (reason.kind === 'entry') return reason.points;
    return NO_POINTS;
  }

  set entryPoints(points: readonly EntryPoint[]) {
    this.replace({ kind: 'entry', points });
  }

  get returnPoint(): ReturnPoint | undefined {
    for (const reason of this.reasons) if (reason.kind === 'return') return reason.point;
    return undefined;
  }

  set returnPoint(point: ReturnPoint | undefined) {
    if (point === undefined) this.drop('return');
    else this.replace({ kind: 'return', point });
  }

  get detour(): Detour<Thread> | undefined {
    for (const reason of this.reasons) if (reason.kind === 'detour') return reason.by;
    return undefined;
  }

  set detour(by: Detour<Thread> | undefined) {
    if (by === undefined) this.drop('detour');
    else this.replace({ kind: 'detour', by });
  }

  get hasWork(): boolean {
    return this.reasons.some(({ kind }) => kind === 'work');
  }

  /** Behind what is done there already. The same twice is done once. */
  addWork(run: SiteWork<Thread>['run']): void {
    const isKnown = this.reasons.some((reason) => reason.kind === 'work' && reason.run === run);
    if (!isKnown) this.put([...this.reasons, { kind: 'work', run }]);
  }

  /** Instead of all work that is done there already. */
  setWork(run: SiteWork<Thread>['run']): void {
    this.replace({ kind: 'work', run });
  }

  /** @returns whether nobody wants anything there any more */
  removeWork(run: SiteWork<Thread>['run']): boolean {
    this.reasons = this.reasons.filter((reason) => reason.kind !== 'work' || reason.run !== run);
    return this.reasons.length === 0;
  }

  private replace(reason: SiteReason<Thread>): void {
    this.put([...this.reasons.filter(({ kind }) => kind !== reason.kind), reason]);
  }

  private drop(kind: SiteReason<Thread>['kind']): void {
    this.reasons = this.reasons.filter((reason) => reason.kind !== kind);
  }

  private put(reasons: readonly SiteReason<Thread>[]): void {
    this.reasons = [...reasons].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  }
}
