import { readFileSync } from 'node:fs';
import { HELD_SENTENCES, type HeldSentence } from '../../support/limits-page.js';
import { inProject } from '../../support/project.js';

/** Of the paragraphs and items below the first heading, links and line breaks as they are written. */
function sentences(): readonly string[] {
  const page = readFileSync(inProject('docs/limits.md'), 'utf8');
  return page
    .slice(page.indexOf('\n## '))
    .split(/\n\n|\n(?=- )/)
    .map((block) => block.trim().replace(/^- /, '').replace(/\s+/g, ' '))
    .filter((block) => block !== '' && !block.startsWith('#'))
    .flatMap((block) => block.split(/(?<=\.) (?=[A-Z`])/));
}

/** Of the end-to-end test, or where it says `unit/…`, of that one. */
const sourceOf = (file: string): string =>
  readFileSync(inProject(`test/${file.includes('/') ? file : `e2e/${file}`}.test.ts`), 'utf8');

describe('docs/limits.md', () => {
  it.each(sentences())('has a test for: %s', (sentence) => {
    const held = HELD_SENTENCES.filter(([begins]) => sentence.startsWith(begins));
    // Say in test/support/limits-page.ts which test it is.
    expect(held.map(([begins]) => begins)).toHaveLength(1);
  });

  it.each(HELD_SENTENCES)('says "%s …", of which %s tells in "%s"', (...held: HeldSentence) => {
    const [begins, file, title] = held;
    expect(sentences().some((sentence) => sentence.startsWith(begins))).toBe(true);
    expect(title).not.toBe('');
    expect(sourceOf(file)).toContain(title);
  });
});
