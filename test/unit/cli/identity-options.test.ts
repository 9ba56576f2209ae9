import { hostname } from 'node:os';
import { identityOf, refuseIdentity } from '../../../src/cli/identity-options.js';
import { ownName } from '../../../src/request/new-identity.js';
import { ParsedOptions } from '../../../src/cli/parsed-options.js';

const parse = (...words: readonly string[]): ParsedOptions => new ParsedOptions([...words, 'ls']);

describe('identityOf', () => {
  it('gives each run a number of its own, and the name of the machine', () => {
    const [one, other] = [identityOf(parse()), identityOf(parse())];
    expect(one).toMatchObject({ host: ownName(hostname()), labels: {} });
    expect(one.run).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(one.run).not.toBe(other.run);
  });

  it('takes --host and every --label; of one key the last', () => {
    const words = ['--host', 'web-1', '--label', 'a=1', '--label', 'b=x=y', '--label=a='];
    expect(identityOf(parse(...words))).toMatchObject({
      host: 'web-1',
      labels: { a: '', b: 'x=y' },
    });
  });

  it('has a word for a machine without a name', () => {
    expect(identityOf(parse(), '')).toMatchObject({ host: '(none)' });
  });

  it.each([
    [['--label', 'x'], "--label: 'x' is not KEY=VALUE"],
    [['--label', '=x'], "--label: '' is no key"],
    [['--label', '1a=x'], "--label: '1a' is no key"],
    [['--label', `a=${'x'.repeat(1025)}`], "the value of 'a' has more than 1024"],
    [['--host', ''], '--host: a name has 1 to 255 characters'],
    [Array.from({ length: 65 }, (_, n) => `--label=k${n}=v`), 'there may be at most 64'],
  ])('refuses %j', (words, expected) => {
    expect(() => identityOf(parse(...words))).toThrow(expected);
  });

  it('is for what is traced now', () => {
    expect(() => refuseIdentity(parse('--label', 'a=b'))).toThrow('--label is for what is traced');
    expect(() => refuseIdentity(parse())).not.toThrow();
  });
});
