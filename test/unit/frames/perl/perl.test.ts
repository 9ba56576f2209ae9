/** Frames of Perl, out of memory that was made up; and what becomes of it when that memory is mangled. */
import { LAYOUTS, OPTIONS } from '../../../../src/frames/perl/layout.js';
import { PERL } from '../../../../src/frames/perl/perl.js';
import { FakePerl, STACK, type FakeSub } from '../../../support/fake-perl.js';
import { counted, expectTruthWhenMangled, opened } from '../../../support/mangle.js';

const SUBS: readonly FakeSub[] = [
  { function: 'Session::fetch', file: '/srv/client.pl', line: 12 },
  { function: 'main::größe', file: 'größe.pl', line: 300 },
  { function: 'main::work', file: '/srv/client.pl', line: 70_000 },
  { function: '(main)', file: '/srv/client.pl', line: 40 },
];
const THREAD = { tid: 7, isFirst: true, stackPointer: STACK, handle: 0 };

describe('Perl 5.36', () => {
  it('has the frames that its structures say', () => {
    const { frames, broken } = opened(PERL, new FakePerl(SUBS)).framesOf(THREAD, 100);
    expect(broken).toBeUndefined();
    expect(frames.map(({ frame }) => frame)).toEqual(
      SUBS.map((sub) => ({ language: 'perl', ...sub })),
    );
  });

  it('has an innermost one, and no more than are asked for', () => {
    const interpreter = opened(PERL, new FakePerl(SUBS));
    for (const limit of [1, 2, 1, 3]) {
      expect(interpreter.framesOf(THREAD, limit).frames.map(({ frame }) => frame.function)).toEqual(
        SUBS.slice(0, limit).map((sub) => sub.function),
      );
    }
  });

  it('has none in another thread than the first', () => {
    const interpreter = opened(PERL, new FakePerl(SUBS));
    expect(interpreter.framesOf({ ...THREAD, isFirst: false }, 100)).toEqual({ frames: [] });
  });

  it('has no frames before its first file, and that is no failure', () => {
    const { interpreter } = LAYOUTS['5.36'] ?? {};
    const at = (perl: FakePerl): number => perl.structures[1]?.address ?? 0;
    for (const statement of ['none', 'what is compiled'] as const) {
      const perl = new FakePerl(SUBS);
      // PL_compiling lies in the interpreter, and its file is not known yet.
      const compiling = at(perl) + (interpreter?.bytes ?? 0) / 2;
      perl.word(at(perl) + (interpreter?.cop ?? 0), statement === 'none' ? 0 : compiling);
      expect(opened(PERL, perl).framesOf(THREAD, 100)).toEqual({ frames: [] });
    }
  });

  it('costs one read once the way is known', () => {
    const perl = new FakePerl(SUBS);
    const memory = counted(perl.memory);
    const interpreter = opened(PERL, perl, memory);
    for (let round = 0; round < 3; round++) interpreter.framesOf(THREAD, 1);
    memory.reads = 0;
    interpreter.framesOf(THREAD, 1);
    expect(memory.reads).toBe(1);
  });

  it('says nothing wrong, and ends, whatever words are mangled', () => {
    const texts = SUBS.flatMap(({ file, function: name }) => [file, name]);
    // Names of a package and of a sub are read apart: any two of them may be put together.
    const own = SUBS.map(({ function: name }) => name.split('::'));
    const pairs = own.flatMap(([first]) => own.map(([, second]) => `${first}::${second}`));
    const parts = own.flat();
    const crossed = parts.flatMap((left) => parts.map((right) => `${left}::${right}`));
    const known = new Set([...texts, ...pairs, ...crossed, '(eval)']);
    expectTruthWhenMangled(PERL, THREAD, () => new FakePerl(SUBS), known);
  });

  it('is refused where its options are not those that are known', () => {
    const perl = new FakePerl(SUBS, [...OPTIONS, 'PERL_TRACK_MEMPOOL']);
    expect(PERL.open(perl.module, [perl.module], perl.memory)).toEqual({
      kind: 'unreadable',
      why: 'it was built with options whose structures are not known',
    });
  });
});
