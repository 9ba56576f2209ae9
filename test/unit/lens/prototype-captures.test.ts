import { x86_64 } from '../../../src/arch/x86_64/x86_64.js';
import {
  OutcomeCaptures,
  PrototypeCaptures,
  type CapturedFunction,
} from '../../../src/lens/prototype-captures.js';
import { LIMITS } from '../../support/fake-call.js';
import { libraryWithFiles } from '../../support/library-with-files.js';

const described = functionNamed('described');
const nobodys = functionNamed('nobodys');

function functionNamed(symbol: string): CapturedFunction {
  return { arch: x86_64, symbol, aliases: [], libraries: ['libx.so.1'] };
}

const libraryAndReads = () => libraryWithFiles({ '/bundled/libx.so.conf': 'int described(int);' });

describe('looking ahead', () => {
  it('leaves no file to be read at the first call, and asks for no debug information', () => {
    const { library, reads } = libraryAndReads();
    const asked: string[] = [];
    const captures = new PrototypeCaptures(library, LIMITS, ({ symbol }) => {
      asked.push(symbol);
      return undefined;
    });
    captures.lookAhead(described);
    captures.lookAhead(nobodys);
    expect(reads).toContain('/bundled/libx.so.conf');
    expect(asked).toEqual([]);
    reads.length = 0;
    captures.forFunction(described);
    captures.forFunction(nobodys);
    expect(reads).toEqual([]);
    expect(asked).toEqual(['nobodys']);
  });

  it('does the same for counting', () => {
    const { library, reads } = libraryAndReads();
    const captures = new OutcomeCaptures(library, LIMITS);
    captures.lookAhead(described);
    expect(reads).toContain('/bundled/libx.so.conf');
    reads.length = 0;
    captures.forFunction(described);
    expect(reads).toEqual([]);
  });
});

describe('a function that is called from several modules', () => {
  it('is compiled once', () => {
    const captures = new PrototypeCaptures(libraryAndReads().library, LIMITS);
    expect(captures.forFunction(described)).toBe(captures.forFunction(described));
  });
});
