/** The prototypes that Debian's ltrace package brings are read as they are. */
import { readFileSync } from 'node:fs';
import { PrototypeFile } from '../../src/prototype/conf/prototype-file.js';
import { skipUnless } from '../support/skip-unless.js';
import { hasTool, needs } from '../support/toolchain.js';

const itHasLtrace = skipUnless(hasTool('ltrace'), needs('ltrace'));

describe('/etc/ltrace.conf', () => {
  itHasLtrace('is read without a mistake, every line of it', () => {
    const text = readFileSync('/etc/ltrace.conf', 'utf8');
    const file = new PrototypeFile('/etc/ltrace.conf', text);
    expect(file.check()).toEqual([]);
    const declared = text.split('\n').filter((line) => /^[^;\s].*\(.*\)/.test(line));
    const typedefs = declared.filter((line) => line.startsWith('typedef'));
    const names = new Set([...file.prototypeNames]);
    expect(names.size).toBeGreaterThan((declared.length - typedefs.length) * 0.9);
  });
});
