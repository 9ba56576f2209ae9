import { UserError } from '../../../src/base/errors.js';
import { SYSCALL_CLASSES } from '../../../src/filter/syscall-classes.js';
import { parseSyscallSelection } from '../../../src/filter/syscall-selection.js';
import { isSyscallName } from '../../../src/prototype/syscalls.js';

function selected(text: string, names: readonly string[]): readonly string[] {
  const selection = parseSyscallSelection(text, isSyscallName);
  return names.filter((name) => selection.selects(name));
}

describe('parseSyscallSelection', () => {
  const names = ['openat', 'read', 'socket', 'mmap', 'fork'];

  it.each([
    ['read', ['read']],
    ['read,fork', ['read', 'fork']],
    ['%file', ['openat']],
    ['%network,read', ['read', 'socket']],
    ['!%memory', ['openat', 'read', 'socket', 'fork']],
    ['!read,%file', ['socket', 'mmap', 'fork']],
    ['/.*o.*/', ['openat', 'socket', 'fork']],
    ['/[,r]ead\\|m\\{1,2\\}ap/', ['read', 'mmap']],
    ['all', names],
    ['none', []],
    ['?nosuchcall,read', ['read']],
  ])('%s', (text, expected) => {
    expect(selected(text, names)).toEqual(expected);
  });

  it.each([
    ['nosuchcall', /unknown system call at column 1: >>>nosuchcall/],
    ['read,,fork', /a name is missing at column 6: read,>>>,fork/],
    ['', /a name is missing at column 1/],
    ['%nosuch', /unknown class \(there are %file .*\) at column 1/],
    ['read,/ab', /unmatched '\/' at column 6/],
    ['%__proto__', /unknown class/],
  ])('refuses %j', (text, message) => {
    expect(() => selected(text, [])).toThrow(message);
    expect(() => selected(text, [])).toThrow(UserError);
  });
});

describe('the classes', () => {
  it('hold nothing but system calls', () => {
    const strangers = [...SYSCALL_CLASSES.values()].flatMap((names) =>
      [...names].filter((name) => !isSyscallName(name)),
    );
    expect(strangers).toEqual([]);
  });
});
