/** A copy of this checkout as somebody has it who has just cloned it. */
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inProject } from './project.js';

/** What git does not keep, and git itself; of the tests, which take as long to compile as all else, a single one. */
const LEFT_OUT = ['.git', 'build', 'dist', 'node_modules', 'test'];

/** @param packages 'installed': npm install has been there, but nothing is built */
export function copyCheckout(folder: string, packages: 'installed' | 'missing'): void {
  for (const name of readdirSync(inProject())) {
    if (LEFT_OUT.includes(name) || name.endsWith('.tgz')) continue;
    cpSync(inProject(name), join(folder, name), { recursive: true });
  }
  mkdirSync(join(folder, 'test/unit'), { recursive: true });
  writeFileSync(join(folder, 'test/unit/passes.test.ts'), "it('passes', () => undefined);\n");
  if (packages === 'installed')
    symlinkSync(inProject('node_modules'), join(folder, 'node_modules'));
}
