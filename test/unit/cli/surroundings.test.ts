import { closeSync, openSync } from 'node:fs';
import { environmentValue, isTerminal, readSurroundings } from '../../../src/cli/surroundings.js';

describe('isTerminal', () => {
  it.each([
    ['/dev/null', false],
    ['/dev/zero', false],
    ['/etc/passwd', false],
    ['/dev/ptmx', true],
  ])('%s: %s', (path, expected) => {
    const descriptor = openSync(path, path === '/dev/ptmx' ? 'r+' : 'r');
    try {
      expect(isTerminal(descriptor)).toBe(expected);
    } finally {
      closeSync(descriptor);
    }
  });

  it('is false for a descriptor that is not open', () => {
    expect(isTerminal(9999)).toBe(false);
  });
});

describe('readSurroundings', () => {
  const around = readSurroundings({
    windowColumns: () => 7,
    version: '1',
    report: () => undefined,
  });

  it('has the environment that the kernel gave us', () => {
    expect(environmentValue(around.environment, 'PATH')).toBeDefined();
    for (const entry of around.environment) expect(entry).toContain('=');
  });

  it('follows links, and leaves what leads nowhere', () => {
    expect(around.realPath('/proc/self/fd/../../self/..')).toBe('/proc');
    expect(around.realPath('/nonexistent/x')).toBe('/nonexistent/x');
  });
});

describe('environmentValue', () => {
  it('takes the first of several, as getenv(3) does', () => {
    expect(environmentValue(['AB=0', 'A=1', 'A=2', 'A'], 'A')).toBe('1');
    expect(environmentValue(['AB=0'], 'A')).toBeUndefined();
  });
});
