/** Text as SARIF takes it. */
import { bounded } from '../bounded.js';

/** Readers cut longer ones, or refuse the file. */
const MOST_CHARACTERS = 2000;

/**
 * Plain text. SARIF reads `[words](place)` as a link (section 3.11.6) and `{0}` as a place for an argument (3.11.5):
 * what a program under audit controls must become neither.
 *
 * @param text escaped already
 */
export function message(text: string): { readonly text: string } {
  const plain = text.replaceAll('](', '] (').replace(/\{(?=\d+\})/g, '{ ');
  return { text: bounded(plain, MOST_CHARACTERS) };
}
