import fc from 'fast-check';
import { DebugInfo } from '../../../src/dwarf/debug-info.js';
import { smallDebugSections } from '../../support/debug-sections.js';
import { renderPrototype } from '../../support/render-prototype.js';

function infoOf(sections: ReadonlyMap<string, Uint8Array>): DebugInfo {
  return new DebugInfo({
    sections: { sectionBytes: (name) => sections.get(name) },
    openAlternate: () => undefined,
    openSplit: () => undefined,
    openPackage: () => undefined,
  });
}

const ADD = 'add(text: string<*char[zero]>, by_value: pair{a@0:i-int b@4:i-int}8) -> i-int';

describe('DebugInfo', () => {
  const info = infoOf(smallDebugSections());

  it('gives function, file and line', () => {
    expect(info.sourceAt(0x1050)).toEqual([
      {
        function: 'add',
        linkageName: undefined,
        place: { file: '/src/add.c', line: 13, column: 0 },
      },
    ]);
  });

  it('gives inlined functions, innermost first, with the line of the call', () => {
    const frames = info.sourceAt(0x1030);
    expect(frames.map((frame) => frame.function)).toEqual(['twice', 'add']);
    expect(frames.map((frame) => frame.place?.line)).toEqual([3, 12]);
  });

  it('knows nothing of other addresses', () => {
    expect(info.sourceAt(0xfff)).toEqual([]);
    expect(info.sourceAt(0x1100)).toEqual([]);
  });

  it('reads a prototype by address and by name', () => {
    const found = info.prototypeAt(0x1000, 'add');
    expect(found && renderPrototype(found)).toBe(ADD);
    const named = info.prototypeNamed('add');
    expect(named && renderPrototype(named)).toBe(ADD);
  });

  it('gives no prototype for the middle of a function, nor for a changed copy', () => {
    expect(info.prototypeAt(0x1001, 'add')).toBeUndefined();
    expect(info.prototypeAt(0x1000, 'add.constprop.0')).toBeUndefined();
  });

  it('knows nothing without sections', () => {
    const none = infoOf(new Map());
    expect(none.sourceAt(0x1000)).toEqual([]);
    expect(none.prototypeAt(0x1000, 'add')).toBeUndefined();
    expect(none.prototypeNamed('add')).toBeUndefined();
  });

  it('survives sections cut anywhere', () => {
    for (const [name, bytes] of smallDebugSections()) {
      for (let end = 0; end < bytes.length; end++) {
        const sections = smallDebugSections().set(name, bytes.subarray(0, end));
        expect(() => askEverything(infoOf(sections))).not.toThrow();
      }
    }
  });

  it('answers within bounds whatever the bytes are', () => {
    const names = [...smallDebugSections().keys()];
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        (name, changes) => {
          const sections = smallDebugSections();
          const bytes = Uint8Array.from(sections.get(name) ?? []);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          askEverything(infoOf(sections.set(name, bytes)));
        },
      ),
      { numRuns: 3000 },
    );
  });
});

function askEverything(info: DebugInfo): void {
  for (const address of [0, 0x1000, 0x1030, 0x1050, 0x10ff]) {
    info.sourceAt(address);
    info.prototypeAt(address, 'add');
  }
  info.prototypeNamed('add');
}
