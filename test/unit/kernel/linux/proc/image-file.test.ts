import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { resolveInside } from '../../../../../src/kernel/linux/proc/path-in-root.js';

describe('resolveInside', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tsltrace-root-'));
    mkdirSync(join(root, 'usr/lib'), { recursive: true });
    writeFileSync(join(root, 'usr/lib/libc.so.6'), 'x');
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it('keeps absolute links inside the root', () => {
    symlinkSync('/usr/lib', join(root, 'lib'));
    expect(resolveInside(root, '/lib/libc.so.6')).toBe(`${root}/usr/lib/libc.so.6`);
  });

  it('cannot be led out of the root', () => {
    symlinkSync('../../../../../../etc', join(root, 'up'));
    expect(resolveInside(root, '/up/passwd')).toBe(`${root}/etc/passwd`);
    expect(resolveInside(root, '/../../etc/passwd')).toBe(`${root}/etc/passwd`);
  });

  it('gives up on a loop of links', () => {
    symlinkSync('/b', join(root, 'a'));
    symlinkSync('/a', join(root, 'b'));
    expect(resolveInside(root, '/a')).toBeUndefined();
  });
});
