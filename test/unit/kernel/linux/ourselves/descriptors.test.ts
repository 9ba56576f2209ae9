import {
  keepsDescriptors,
  withDescriptor,
} from '../../../../../src/kernel/linux/ourselves/descriptors.js';

const lack = (code: string): Error => Object.assign(new Error(code), { code });

/** Fails so often, then gives 'open'. */
function opens(failures: number, error: Error): () => string {
  let left = failures;
  return () => {
    if (left-- > 0) throw error;
    return 'open';
  };
}

describe('withDescriptor', () => {
  it('closes what is kept, one by one, until something can be opened', () => {
    let kept = 5;
    const takeBack = keepsDescriptors(() => kept-- > 0);
    expect(withDescriptor(opens(3, lack('EMFILE')))).toBe('open');
    expect(kept).toBe(2);
    takeBack();
  });

  it('gives up the reserve, and then says what to do', () => {
    const takeBack = keepsDescriptors(() => false);
    expect(withDescriptor(opens(1, lack('EMFILE')))).toBe('open');
    expect(() => withDescriptor(opens(1, lack('EMFILE')))).toThrow(
      'there are too few file descriptors',
    );
    takeBack();
  });

  it('waits for others where the system has none left', () => {
    expect(withDescriptor(opens(3, lack('ENFILE')))).toBe('open');
  });

  it('passes other errors on', () => {
    expect(() => withDescriptor(opens(1, lack('ENOENT')))).toThrow('ENOENT');
  });
});
