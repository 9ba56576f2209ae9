/** -x finds functions that the symbol table calls none, and takes no table for one. */
import type { BuildOptions } from '../support/build-programs.js';
import { skipUnless } from '../support/skip-unless.js';
import { gccCan, hasTool, needs } from '../support/toolchain.js';
import { traceFixture } from '../support/trace-fixture.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const m32 = skipUnless(gccCan('-m32'), 'needs gcc -m32 (Debian package gcc-multilib)');

/** How often each function was seen, and what was said. */
async function callsWith(filter: string, build?: BuildOptions) {
  const options = ['-x', filter, '-e', '!*'];
  const traced = await traceFixture('untyped-labels', {
    options,
    ...(build === undefined ? {} : { build }),
  });
  const { run, transcript } = traced;
  expect(run).toMatchObject({ status: 0, signal: null });
  expect(run.stdout).toMatch(/^sum \d+$/m);
  const counts: Record<string, number> = {};
  for (const { name } of transcript.calls) counts[name] = (counts[name] ?? 0) + 1;
  return { counts, messages: run.stderr };
}

const called = { plain_label: 5, local_label: 5, object_label: 5, end_label: 5 };

describe('a label without the type of a function', () => {
  for (const [what, it, flags] of [
    ['64 bits', itCompiles, []],
    ['32 bits', m32, ['-m32', '-no-pie', '-fno-pic']],
  ] as const) {
    it(`is found by name, also where only a pointer leads there: ${what}`, async () => {
      const names = [...Object.keys(called), 'pointer_label'].join('+');
      const { counts, messages } = await callsWith(names, { flags });
      expect(counts).toEqual({ ...called, pointer_label: 5 });
      expect(messages).toBe('');
    });

    it(`is found by a pattern when it is called: ${what}`, async () => {
      expect((await callsWith('*_label', { flags })).counts).toEqual(called);
      expect((await callsWith('*@MAIN', { flags })).counts).toMatchObject(called);
    });

    it(`is no function when it stands before a table or text: ${what}`, async () => {
      const { counts, messages } = await callsWith('table_label+text_label', { flags });
      expect(counts).toEqual({});
      expect(messages).toMatch(
        /2 functions cannot be traced, the first of them t\w+_label: a label without the type of a function, which is not called and does not read as code; -x 0xADDRESS traces it all the same\n/,
      );
    });
  }

  itCompiles('of a library is found, called through a stub', async () => {
    const build = { flags: ['-DLIBRARY'], library: 'lib-labels' };
    for (const filter of ['library_label', 'lib*@liblabels*']) {
      expect((await callsWith(filter, build)).counts).toEqual({ library_label: 5 });
    }
  });
});
