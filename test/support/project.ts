/** Where things are: tests run from dist/test, the files they look at lie beside dist. */
import { resolve } from 'node:path';

export const projectRoot = resolve(__dirname, '../../..');

export function inProject(...parts: readonly string[]): string {
  return resolve(projectRoot, ...parts);
}
