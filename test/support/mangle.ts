/** Random words in the structures of an interpreter: what is shown must be true, and come to an end. */
import fc from 'fast-check';
import type {
  FrameSource,
  InterpretedThread,
  Interpreter,
  SourceMemory,
  SourceModule,
} from '../../src/frames/frame-source.js';

/** An interpreter that does not exist. */
export interface FakeInterpreter {
  readonly memory: SourceMemory;
  readonly module: SourceModule;
  readonly structures: readonly { readonly address: number; readonly bytes: number }[];
  word(address: number, value: number | bigint): void;
}

const MOST_READS = 200_000;
const RUNS = 300;

/** @throws Error where it is one whose frames cannot be shown */
export function opened(
  source: FrameSource,
  fake: FakeInterpreter,
  memory: SourceMemory = fake.memory,
): Interpreter {
  const found = source.open(fake.module, [fake.module], memory);
  if (found.kind === 'unreadable') throw new Error(found.why);
  return found;
}

/** Memory that counts how often it is read. */
export function counted(memory: SourceMemory): SourceMemory & { reads: number } {
  const counting = {
    reads: 0,
    read: (address, into): number => (counting.reads++, memory.read(address, into)),
    readBlocks: (blocks, into): number => (counting.reads++, memory.readBlocks(blocks, into)),
  } satisfies SourceMemory & { reads: number };
  return counting;
}

/** @param texts all that a frame may be called, and all files that it may be in */
export function expectTruthWhenMangled(
  source: FrameSource,
  thread: InterpretedThread,
  make: () => FakeInterpreter,
  texts: ReadonlySet<string>,
): void {
  const { structures } = make();
  const word = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.constantFrom(...structures.map(({ address }) => BigInt(address))),
    fc.integer({ min: -64, max: 64 }).map((value) => BigInt.asUintN(64, BigInt(value))),
  );
  const change = fc.record({
    structure: fc.nat({ max: structures.length - 1 }),
    at: fc.nat({ max: 200 }),
    word,
  });
  fc.assert(
    fc.property(
      fc.array(change, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      (changes, isWarm) => {
        const fake = make();
        const memory = counted(fake.memory);
        const interpreter = opened(source, fake, memory);
        if (isWarm) interpreter.framesOf(thread, 100);
        for (const { structure, at, word: value } of changes) {
          const { address, bytes } = structures[structure] ?? { address: 0, bytes: 8 };
          fake.word(address + 8 * (at % Math.floor(bytes / 8)), value);
        }
        for (const limit of [1, 100]) {
          const { frames } = interpreter.framesOf(thread, limit);
          expect(frames.length).toBeLessThanOrEqual(limit);
          for (const { frame } of frames) {
            expect(texts).toContain(frame.function);
            expect(texts).toContain(frame.file);
          }
        }
        expect(memory.reads).toBeLessThan(MOST_READS);
      },
    ),
    { numRuns: RUNS },
  );
}
