import { toAddress } from '../../../../src/base/address.js';
import { x86_64 } from '../../../../src/arch/x86_64/x86_64.js';
import { toProcessId } from '../../../../src/base/ids.js';
import { ProcessMemory } from '../../../../src/engine/memory/process-memory.js';
import { LinkMaps, type LinkMapChanges } from '../../../../src/engine/modules/link-map.js';
import { ScriptedKernel } from '../../../support/scripted-kernel.js';

const DEBUG = 0x1000;
const BRK = 0x4242;
const FIRST_NODE = 0x10_0000;
const NODE_BYTES = 64;
const CONSISTENT = 0;
const ADDING = 1;
const DELETING = 2;

/** A dynamic linker's list that tests change as the linker would. */
class Linker {
  readonly kernel = new ScriptedKernel([]);
  reads = 0;
  private readonly bytes = this.kernel.memory.map(DEBUG, 0x40_0000);
  private readonly view = new DataView(this.bytes.buffer);
  private readonly memory: ProcessMemory;
  private readonly maps: LinkMaps;
  private order: number[] = [];

  constructor(maps = new LinkMaps(8)) {
    this.maps = maps;
    const processes = { first: () => toProcessId(1), passOverEnded: () => false };
    const { kernel } = this;
    const [readMemory, readBlocks] = [
      kernel.readMemory.bind(kernel),
      kernel.readBlocks.bind(kernel),
    ];
    kernel.readMemory = (...words) => {
      this.reads++;
      return readMemory(...words);
    };
    kernel.readBlocks = (...words) => {
      this.reads++;
      return readBlocks(...words);
    };
    this.memory = new ProcessMemory(kernel, processes, { byteAt: () => undefined }, x86_64);
    this.set(DEBUG, 1);
    this.set(DEBUG + 16, BRK);
  }

  set(at: number, value: number): void {
    this.view.setBigUint64(at - DEBUG, BigInt(value), true);
  }

  say(state: number): void {
    this.set(DEBUG + 24, state);
  }

  read(): LinkMapChanges | undefined {
    return this.maps.read(this.memory, toAddress(DEBUG));
  }

  /** The list as it is from now on, by numbers of the nodes. */
  list(order: readonly number[]): void {
    this.order = [...order];
    this.set(DEBUG + 8, order.length === 0 ? 0 : nodeAt(order[0] ?? 0));
    order.forEach((number, index) => this.write(number, order[index + 1]));
  }

  private write(number: number, next: number | undefined): void {
    const at = nodeAt(number);
    this.set(at, number * 0x1000);
    this.set(at + 8, at + 40);
    this.set(at + 16, 0x7000_0000 + number);
    this.set(at + 24, next === undefined ? 0 : nodeAt(next));
    Buffer.from(`/lib/${number}\0`).copy(this.bytes, at + 40 - DEBUG);
  }

  add(number: number): LinkMapChanges | undefined {
    this.say(ADDING);
    this.read();
    const last = this.order.at(-1);
    this.order.push(number);
    this.write(number, undefined);
    if (last !== undefined) this.write(last, number);
    this.say(CONSISTENT);
    return this.read();
  }

  remove(number: number): LinkMapChanges | undefined {
    this.say(DELETING);
    this.read();
    this.list(this.order.filter((other) => other !== number));
    this.say(CONSISTENT);
    return this.read();
  }
}

const nodeAt = (number: number): number => FIRST_NODE + number * NODE_BYTES;
const paths = (entries: LinkMapChanges['added'] = []): string[] => entries.map(({ path }) => path);

describe('the lists of the dynamic linker', () => {
  it('are read whole at first, then what comes and goes', () => {
    const linker = new Linker();
    linker.list([1, 2, 3]);
    const first = linker.read();
    expect(first).toMatchObject({ state: 'consistent', brk: BRK, removed: [] });
    expect(first?.added[1]).toEqual({ bias: 0x2000, path: '/lib/2', dynamic: 0x7000_0002 });
    expect(paths(first?.added)).toEqual(['/lib/1', '/lib/2', '/lib/3']);
    expect(linker.read()).toMatchObject({ added: [], removed: [] });
    expect(paths(linker.add(4)?.added)).toEqual(['/lib/4']);
    expect(paths(linker.remove(2)?.removed)).toEqual(['/lib/2']);
    expect(paths(linker.add(2)?.added)).toEqual(['/lib/2']);
  });

  it('are not read while they change', () => {
    const linker = new Linker();
    linker.list([1]);
    linker.read();
    linker.say(ADDING);
    linker.list([1, 2]);
    expect(linker.read()).toMatchObject({ state: 'changing', added: [] });
    linker.say(CONSISTENT);
    expect(paths(linker.read()?.added)).toEqual(['/lib/2']);
  });

  it('show what took the place of another in the same memory', () => {
    const linker = new Linker();
    linker.list([1, 2]);
    linker.read();
    linker.set(nodeAt(2) + 16, 0x7000_0099);
    const changes = linker.read();
    expect(changes?.removed).toMatchObject([{ dynamic: 0x7000_0002 }]);
    expect(changes?.added).toMatchObject([{ dynamic: 0x7000_0099 }]);
  });

  it('may be circles, or lead into nothing', () => {
    const linker = new Linker();
    linker.list([1, 2]);
    linker.set(nodeAt(2) + 24, nodeAt(1));
    expect(paths(linker.read()?.added)).toEqual(['/lib/1', '/lib/2']);
    linker.set(nodeAt(2) + 24, 0x7fff_ffff_f000);
    expect(linker.read()).toMatchObject({ added: [], removed: [] });
  });

  it('cost each library once, however many there are', () => {
    const linker = new Linker();
    linker.list([0]);
    linker.read();
    const readsFor = (from: number, to: number): number => {
      const before = linker.reads;
      for (let number = from; number < to; number++) {
        expect(paths(linker.add(number)?.added)).toEqual([`/lib/${number}`]);
      }
      return (linker.reads - before) / (to - from);
    };
    const few = readsFor(1, 200);
    const many = readsFor(200, 2000);
    expect(many).toBeLessThan(few * 1.5);
  });

  it('are the same for a forked child', () => {
    const maps = new LinkMaps(8);
    const parent = new Linker(maps);
    parent.list([1, 2]);
    parent.read();
    const child = new Linker(maps.copy());
    child.list([1, 2]);
    expect(child.read()).toMatchObject({ added: [], removed: [] });
  });
});
