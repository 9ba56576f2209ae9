/** Frames of CPython, out of memory that was made up; and what becomes of it when that memory is mangled. */
import { layoutOf } from '../../../../src/frames/python/debug-offsets.js';
import { LAYOUTS, type PythonLayout } from '../../../../src/frames/python/layout.js';
import { PYTHON } from '../../../../src/frames/python/python.js';
import { FAKE_VERSIONS, FakePython, HANDLE, type FakeFrame } from '../../../support/fake-python.js';
import { counted, expectTruthWhenMangled, opened } from '../../../support/mangle.js';

const FRAMES: readonly FakeFrame[] = [
  { file: '/srv/client.py', function: 'Session.fetch', line: 12 },
  { file: 'größe.py', function: 'größe', line: 300 },
  { file: '<имя>', function: 'имя', line: 4 },
  { file: '\u{1d11e}.py', function: '\u{1d518}', line: 70_000 },
  { file: '/srv/client.py', function: '<module>', line: 40 },
];
const THREAD = { tid: 7, isFirst: true, stackPointer: 0, handle: HANDLE };

/** Words of _Py_DebugOffsets of 3.13.0 and 3.14.10 as such an interpreter has them, from its own memory. */
const DEBUG_OFFSETS: Readonly<Record<string, readonly number[]>> = {
  '3.13': [
    0, 0x30d00f0, 0, 273000, 600, 632, 270000, 7272, 7264, 7344, 7512, 7640, 7656, 7664, 7896, 0, 0,
    0, 0, 304, 0, 8, 16, 72, 152, 160, 208, 32, 88, 8, 0, 56, 72, 70, 208, 112, 120, 128, 136, 68,
    52, 96, 104, 200, 16, 8, 416, 24, 88, 168, 32, 24, 16, 40, 24, 16, 48, 32, 40, 24, 16, 32, 16,
    24, 40, 16, 32, 64, 32, 16, 40,
  ],
  '3.14': [
    0, 0x30e00f0, 0, 273000, 600, 808, 270000, 7280, 7272, 7344, 7352, 7512, 7640, 7656, 7664, 7896,
    0, 0, 0, 0, 0, 0, 832, 0, 8, 16, 72, 152, 160, 208, 32, 88, 8, 0, 56, 80, 74, 64, 0, 216, 112,
    120, 128, 136, 68, 52, 96, 104, 208, 0, 16, 8, 416, 24, 88, 168, 32, 24, 16, 40, 24, 16, 200,
    24, 40, 32, 48, 32, 40, 24, 16, 32, 16, 24, 40, 16, 32, 64, 32, 16, 40,
  ],
};

function offsetsOf(version: string): readonly number[] {
  return DEBUG_OFFSETS[version] ?? [];
}

function bytesOf(words: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(8 * 96);
  words.forEach((word, index) => bytes.writeBigUInt64LE(BigInt(word), 8 * index));
  bytes.write('xdebugpy', 'latin1');
  return bytes;
}

function layoutByOffsets(version: string): PythonLayout {
  const words = offsetsOf(version);
  const layout = layoutOf(bytesOf(words), version, words[1] ?? 0);
  if (typeof layout === 'string') throw new Error(layout);
  return layout;
}

const fakes: readonly (readonly [version: string, make: () => FakePython])[] = [
  ...FAKE_VERSIONS.map((layout) => [layout.version, () => new FakePython(layout, FRAMES)] as const),
  ...Object.keys(DEBUG_OFFSETS).map(
    (version) =>
      [
        version,
        () => new FakePython(layoutByOffsets(version), FRAMES, offsetsOf(version)),
      ] as const,
  ),
];

describe.each(fakes)('CPython %s', (_version, make) => {
  it('has the frames that its structures say', () => {
    const { frames, broken } = opened(PYTHON, make()).framesOf(THREAD, 100);
    expect(broken).toBeUndefined();
    expect(frames.map(({ frame }) => frame)).toEqual(
      FRAMES.map((frame) => ({ language: 'python', ...frame })),
    );
  });

  it('has an innermost one, and no more than are asked for', () => {
    const interpreter = opened(PYTHON, make());
    for (const limit of [1, 2, 1, 3]) {
      expect(interpreter.framesOf(THREAD, limit).frames.map(({ frame }) => frame.function)).toEqual(
        FRAMES.slice(0, limit).map((frame) => frame.function),
      );
    }
  });

  it('has none in a thread that executes no Python', () => {
    expect(opened(PYTHON, make()).framesOf({ ...THREAD, handle: HANDLE + 8 }, 100)).toEqual({
      frames: [],
    });
  });

  it('has none, and says nothing, before the first has begun', () => {
    const python = make();
    python.forgetFrames();
    const interpreter = opened(PYTHON, python);
    for (const limit of [1, 100]) {
      expect(interpreter.framesOf(THREAD, limit)).toEqual({ frames: [] });
    }
  });

  it('costs one read once the way is known', () => {
    const python = make();
    const memory = counted(python.memory);
    const interpreter = opened(PYTHON, python, memory);
    for (let round = 0; round < 3; round++) interpreter.framesOf(THREAD, 1);
    memory.reads = 0;
    interpreter.framesOf(THREAD, 1);
    expect(memory.reads).toBe(1);
  });

  it('says nothing wrong, and ends, whatever words are mangled', () => {
    const names = new Set(FRAMES.flatMap((frame) => [frame.file, frame.function]));
    expectTruthWhenMangled(PYTHON, THREAD, make, names);
  });
});

describe('a code object that another one replaces at the same address', () => {
  it('is read anew, where only its text differs', () => {
    const layout = LAYOUTS['3.11'];
    if (layout === undefined) throw new Error('no layout');
    const before = new FakePython(layout, [{ file: '<made>', function: 'one', line: 9 }]);
    const after = new FakePython(layout, [{ file: '<made>', function: 'two', line: 9 }]);
    let current = before;
    const interpreter = opened(PYTHON, before, {
      read: (address, into) => current.memory.read(address, into),
      readBlocks: (blocks, into) => current.memory.readBlocks(blocks, into),
    });
    const innermost = (): string | undefined =>
      interpreter.framesOf(THREAD, 1).frames[0]?.frame.function;
    expect([innermost(), innermost(), innermost()]).toEqual(['one', 'one', 'one']);
    current = after;
    expect(innermost()).toBe('two');
  });
});

describe('what is refused', () => {
  const refusal = (version: string, change: (words: number[]) => void): unknown => {
    const words = [...offsetsOf(version)];
    change(words);
    return layoutOf(bytesOf(words), version, offsetsOf(version)[1] ?? 0);
  };

  it('is a build without the global lock', () => {
    expect(refusal('3.13', (words) => (words[2] = 1))).toMatch(/free-threaded/);
    expect(refusal('3.14', (words) => (words[2] = 1))).toMatch(/free-threaded/);
  });

  it.each(['3.13', '3.14'])('is said once of the whole interpreter, %s', (version) => {
    const words = [...offsetsOf(version)];
    words[2] = 1;
    const python = new FakePython(layoutByOffsets(version), FRAMES, words);
    expect(PYTHON.open(python.module, [python.module], python.memory)).toMatchObject({
      kind: 'unreadable',
      why: expect.stringMatching(/free-threaded/) as unknown,
    });
  });

  it('is a table of offsets that does not add up, or that of another version', () => {
    expect(refusal('3.13', (words) => (words[1] = 0x30d01f0))).toMatch(/another version/);
    expect(refusal('3.13', (words) => (words[23] = 2 ** 40))).toMatch(/does not add up/);
    expect(refusal('3.14', (words) => (words[51] = 24))).toMatch(/does not add up/);
    expect(layoutOf(new Uint8Array(768), '3.13', 0x30d00f0)).toMatch(/cannot be found/);
    expect(layoutOf(new Uint8Array(768), '3.15', 0x30f00f0)).toMatch(/3\.15/);
  });
});
