/** The version of this package. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** As package.json, two folders above the compiled code, says. */
export function readVersion(): string {
  const text = readFileSync(path.join(__dirname, '..', '..', 'package.json'), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
