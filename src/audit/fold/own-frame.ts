/** Which frame of a script is the person's own: frameworks and the language's own library only do what they are told. */
import type { Language, ScriptFrame } from '../../trace/event.js';

/** Where languages keep what is not the person's own, the language's own library first. */
const LIBRARIES: Readonly<Record<Language, readonly RegExp[]>> = {
  python: [
    /^<frozen |\/lib(?:64)?\/python[0-9.]+t?\/(?!(?:site|dist)-packages\/)/,
    /\/(?:site|dist)-packages\//,
  ],
  perl: [/\/(?:lib|share)\/(?:[^/]+\/)?perl(?:-base)?\//, /\/perl5\//],
};

/** The innermost outside of any library; else outside of the language's own; else the innermost of all. */
export function ownFrame(script: readonly ScriptFrame[]): ScriptFrame | undefined {
  const outside = (kinds: number): ScriptFrame | undefined =>
    script.find(
      ({ language, file }) =>
        !LIBRARIES[language].slice(0, kinds).some((where) => where.test(file)),
    );
  return outside(2) ?? outside(1) ?? script[0];
}
