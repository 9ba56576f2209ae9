import { UserError } from '../../../src/base/errors.js';
import { errorText } from '../../../src/cli/error-text.js';

describe('errorText', () => {
  it('is one line, whatever it quotes', () => {
    expect(errorText(new UserError('cannot open a\nb\x1b[31m'))).toBe(
      'tsltrace: cannot open a\\x0ab\\x1b[31m\n',
    );
    expect(errorText(new UserError('not permitted', 'see there'))).toBe(
      'tsltrace: not permitted; see there\n',
    );
  });

  it('says where help is when the command line is wrong', () => {
    const error = new UserError("unknown option '-q'", "try 'tsltrace --help'", 'usage');
    expect(errorText(error)).toBe("tsltrace: unknown option '-q'; try 'tsltrace --help'\n");
  });
});
