import { toAddress, type Address } from '../../../../src/base/address.js';
import { toThreadId } from '../../../../src/base/ids.js';
import { BreakpointSite } from '../../../../src/engine/memory/site.js';
import { Slots } from '../../../../src/engine/memory/slots.js';

const ROOM = 0x7000;
const SLOT = 32;

const site = (address: number): BreakpointSite =>
  new BreakpointSite(
    {
      address: toAddress(address),
      originalByte: 0x55,
      code: Uint8Array.of(0x55, 0x90),
      copy: undefined,
      copyBytes: 2,
      instruction: { originalBytes: 1, pushes: 0, reachablePastTrap: false },
    },
    undefined,
  );

/** Slots in a room for so many, within reach of everything unless told otherwise. */
function slotsFor(count: number, serves: (at: Address, near: Address) => boolean = () => true) {
  const written: string[] = [];
  let used = 0;
  const slots = new Slots({
    reserve: () => (used < count ? toAddress(ROOM + SLOT * used++) : undefined),
    serves,
    displace: ({ address, code }, to) => (serves(to, address) ? code : undefined),
    write: (at, code) => written.push(`${at.toString(16)} ${Buffer.from(code).toString('hex')}`),
  });
  return { slots, written };
}

const [first, second] = [toThreadId(1), toThreadId(2)];

describe('Slots', () => {
  it('has a thread use its own again, and writes only what is not there', () => {
    const { slots, written } = slotsFor(1);
    const [one, other] = [site(0x10), site(0x20)];
    expect([one, one, other].map((each) => slots.enter(each, first))).toEqual([ROOM, ROOM, ROOM]);
    expect(written).toHaveLength(2);
  });

  it('never gives one thread what another may stand in', () => {
    const { slots } = slotsFor(2);
    expect(slots.enter(site(0x10), first)).toBe(ROOM);
    expect(slots.enter(site(0x10), second)).toBe(ROOM + SLOT);
    expect(slots.enter(site(0x10), toThreadId(3))).toBeUndefined();
  });

  it('gives those of a thread that has ended to the next', () => {
    const { slots } = slotsFor(1);
    slots.enter(site(0x10), first);
    slots.release(first);
    expect(slots.enter(site(0x20), second)).toBe(ROOM);
  });

  it('knows what stands where', () => {
    const { slots } = slotsFor(1);
    const where = site(0x10);
    slots.enter(where, first);
    expect(slots.find(ROOM + 1)).toEqual({ site: where, start: ROOM });
    expect(slots.find(ROOM + 2)).toBeUndefined();
  });

  it('takes another slot where the first is out of reach', () => {
    const { slots } = slotsFor(2, (at, near) => at === ROOM || near !== 0x10);
    expect(slots.enter(site(0x10), first)).toBe(ROOM);
    expect(slots.enter(site(0x10), second)).toBeUndefined();
    expect(slots.enter(site(0x20), second)).toBe(ROOM + SLOT);
  });
});
