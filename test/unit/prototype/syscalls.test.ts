import { existsSync, readFileSync } from 'node:fs';
import { syscallName, syscallNumber } from '../../../src/prototype/syscalls.js';
import type { SyscallTable } from '../../../src/prototype/syscalls.js';

const headers: [SyscallTable, string][] = [
  ['x86_64', '/usr/include/x86_64-linux-gnu/asm/unistd_64.h'],
  ['i386', '/usr/include/x86_64-linux-gnu/asm/unistd_32.h'],
];

describe('syscallName', () => {
  it('knows calls old and new', () => {
    expect(syscallName('x86_64', 0)).toBe('read');
    expect(syscallName('x86_64', 257)).toBe('openat');
    expect(syscallName('x86_64', 318)).toBe('getrandom');
    expect(syscallName('x86_64', 334)).toBe('rseq');
    expect(syscallName('x86_64', 435)).toBe('clone3');
    expect(syscallName('x86_64', 462)).toBe('mseal');
    expect(syscallName('x86_64', 470)).toBe('listns');
    expect(syscallName('i386', 5)).toBe('open');
    expect(syscallName('i386', 102)).toBe('socketcall');
    expect(syscallName('i386', 192)).toBe('mmap2');
    expect(syscallName('i386', 470)).toBe('listns');
  });

  it('reads numbers of the x32 ABI', () => {
    expect(syscallName('x86_64', 0x40000000 + 257)).toBe('openat');
  });

  it('has no name for numbers outside of the table', () => {
    for (const number of [-1, 1.5, 337, 400, 9999, 2 ** 52]) {
      expect(syscallName('x86_64', number)).toBeUndefined();
    }
  });

  it.each(headers)('agrees with the installed headers for %s', (table, header) => {
    // A machine without the headers cannot say more than the tests above.
    if (!existsSync(header)) return;
    const pairs = [...readFileSync(header, 'utf8').matchAll(/^#define __NR_(\w+) (\d+)$/gm)];
    expect(pairs.length).toBeGreaterThan(300);
    for (const [, name, number] of pairs) {
      expect([number, syscallName(table, Number(number))]).toEqual([number, name]);
    }
  });
});

describe('syscallNumber', () => {
  it.each<SyscallTable>(['x86_64', 'i386'])('is the reverse of syscallName for %s', (table) => {
    const numbers = Array.from({ length: 1000 }, (_, number) => number);
    const names = numbers.flatMap((number) => syscallName(table, number) ?? []);
    expect(names.length).toBeGreaterThan(350);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) {
      expect(syscallName(table, syscallNumber(table, name) ?? -1)).toBe(name);
    }
  });

  it('knows nothing of other names', () => {
    expect(syscallNumber('x86_64', 'socketcall')).toBeUndefined();
    expect(syscallNumber('x86_64', '-')).toBeUndefined();
  });
});
