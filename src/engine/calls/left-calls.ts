/**
 * What becomes of calls that were left without a return. They are set aside, and taken up again when their thread comes to
 * their return address after all; when nobody believes in that any more they are told to be abandoned.
 */
import { toAddress } from '../../base/address.js';
import type { CallId } from '../../base/ids.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { AbandonReason } from '../../trace/event.js';
import type { Thread } from '../tracees/tracee.js';
import type { CallEndings } from './call-endings.js';
import type { LeftGroup } from '../tracees/calls-aside.js';
import { compareFrames, frameAbove, markOf } from './frame-evidence.js';
import { leavesFrames } from './never-returns.js';
import type { Arrival, OpenCall } from '../tracees/open-call.js';
import type { CloseHandler, OpenCalls, Strand } from '../tracees/open-calls.js';

/** Bytes of a frame: the variables of the calling function. */
const NEAR = 256;
/** In one thread: each of very many tasks may be in a call. */
const MOST_WAITED_FOR = 65_536;

export class LeftCalls {
  constructor(
    private readonly kernel: Kernel,
    private readonly endings: CallEndings,
    private readonly now: () => number,
  ) {}

  /** @returns takes those that were left at once, innermost first */
  setAside(thread: Thread, { calls, facts }: Strand): CloseHandler {
    let isUnwound = !facts.mayComeBack;
    return (call) => {
      // What such a call was made in, it has left for good.
      isUnwound ||= leavesFrames(call.point);
      if (isUnwound || !mayReturn(call)) this.endings.abandoned(thread, call, 'unwound');
      else {
        thread.process.comebacks.noteLeft();
        calls.aside.add(call, this.now(), calls.begun);
      }
    };
  }

  /** Before a further call: those that nobody believes in are told. */
  giveUpOld(thread: Thread, { aside, begun }: OpenCalls): void {
    const { comebacks } = thread.process;
    for (let group = aside.oldest; group !== undefined; group = aside.oldest) {
      const isRecent = begun - group.leftAfter < comebacks.patience;
      if (isRecent && aside.numberWaitedFor <= MOST_WAITED_FOR) return;
      aside.giveUp(group);
      comebacks.noteGivenUp();
      this.tell(thread, group, 'unwound');
    }
  }

  /**
   * The thread comes to a return address: if one of the calls aside returns there, it and those around it are open
   * again, and those that were open instead are set aside.
   */
  takeUp(thread: Thread, strand: Strand, arrival: Arrival): void {
    const { calls } = strand;
    const groups = calls.aside.matching(arrival);
    if (groups.length === 0) return;
    const { process } = thread;
    const mark = markOf(this.kernel.registers, process.space.arch.preservedRegisters);
    const fitting = groups.filter(({ calls: [call] }) => call?.mark === mark);
    const waitedFor = fitting.filter(({ state }) => state === 'waited-for');
    const open = calls.matching(arrival, strand.facts);
    if (waitedFor.length === 0) {
      // It was told too early that it is over.
      if (open === undefined && fitting[0] !== undefined) {
        process.comebacks.expect();
        calls.aside.remove(fitting[0]);
      }
      return;
    }
    const frame = frameAbove(process.space, toAddress(arrival.slot + strand.base));
    const unseen = process.comebacks.areCertain ? NEAR : 0;
    const best = mostLike(waitedFor, frame, unseen);
    if (best === undefined) return;
    if (open?.mark === mark && compareFrames(frame, frameOf(best), open.frame, unseen) <= 0) return;
    process.comebacks.expect();
    this.switchTo(thread, strand, best);
  }

  /** The thread is no more. */
  endAll(thread: Thread, { aside }: OpenCalls, why: AbandonReason): void {
    const { areCertain } = thread.process.comebacks;
    for (const group of aside.takeAll()) this.tell(thread, group, areCertain ? why : 'unwound');
  }

  private tell(thread: Thread, { calls, leftAt }: LeftGroup, why: AbandonReason): void {
    for (const call of [...calls].reverse()) this.endings.abandoned(thread, call, why, leftAt);
  }

  private switchTo(thread: Thread, strand: Strand, group: LeftGroup): void {
    const { calls } = strand;
    const [first] = group.calls;
    if (first === undefined) return;
    const around = groupsAround(calls, first);
    const enclosing = new Set<CallId>(around.open);
    const groups = [...around.aside.reverse(), group];
    const revived = groups.flatMap((each) => each.calls);
    // Tasks that run the same code have the same return addresses in the same places.
    const taken = new Set(revived.map(({ slot }) => slot));
    const stays = (call: OpenCall): boolean =>
      enclosing.has(call.event.call) || (!taken.has(call.slot) && isElsewhere(call, first, strand));
    for (const each of groups) calls.aside.remove(each);
    calls.replace(stays, revived).forEach(this.setAside(thread, strand));
  }
}

/** No trap stays long in code of no module, and where there is none nobody sees a return. */
function mayReturn({ returnPoint: { armed, module, reachedBy } }: OpenCall): boolean {
  return armed && module !== undefined && reachedBy !== 'jumps';
}

/** The first of those whose callers' frames are most like this one. */
function mostLike(
  groups: readonly LeftGroup[],
  frame: Uint8Array,
  unseen: number,
): LeftGroup | undefined {
  return groups.reduce((best: LeftGroup | undefined, group) => {
    if (best === undefined) return group;
    return compareFrames(frame, frameOf(group), frameOf(best), unseen) > 0 ? group : best;
  }, undefined);
}

const frameOf = ({ calls: [call] }: LeftGroup): Uint8Array | undefined => call?.frame;

/** The calls in which this one was made, as far as they have not ended: innermost first. */
function groupsAround(
  calls: OpenCalls,
  { event }: OpenCall,
): { readonly aside: LeftGroup[]; readonly open: CallId[] } {
  const aside: LeftGroup[] = [];
  const open: CallId[] = [];
  let { parent } = event;
  while (parent !== undefined) {
    const group = calls.aside.groupOf(parent);
    if (group !== undefined) {
      aside.push(group);
      parent = group.calls[0]?.event.parent;
      continue;
    }
    const call = calls.byId(parent);
    if (call === undefined) break;
    open.push(parent);
    ({ parent } = call.event);
  }
  return { aside, open };
}

/** On another stack, or further out on this one and untouched. */
function isElsewhere(call: OpenCall, taken: OpenCall, { facts }: Strand): boolean {
  if (!facts.onSameStack(call.slot, taken.slot)) return true;
  return call.slot > taken.slot && facts.stillHolds(call.slot, call.returnPoint.address);
}
