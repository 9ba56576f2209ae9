import { OptionError } from '../../../src/library/option-error.js';
import { readTrace } from '../../../src/index.js';

describe('readTrace', () => {
  it.each([[5], [undefined], [null], [''], [{}], [() => 'x']])(
    'refuses %p, which is no source',
    (source) => {
      expect(() => readTrace(source as never)).toThrow(OptionError);
      expect(() => readTrace(source as never)).toThrow(/^source: is neither a path, nor bytes/);
    },
  );

  it('reads bytes, and says when they are no recording', async () => {
    const reading = readTrace(Buffer.from('none')).next();
    await expect(reading).rejects.toThrow(/is not a recording of tsltrace/);
  });
});
