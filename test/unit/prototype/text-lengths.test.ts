/**
 * A text that has its length beside it need not end with a NUL: what follows it is not shown. Every bundled prototype
 * in which a number follows a text says what it means, or stands below with a reason.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inProject } from '../../support/project.js';

const FOLDER = inProject('src/prototype/bundled');

/** Numbers that are no length of the text before them. */
const OTHERS: readonly (readonly [why: string, functions: RegExp])[] = [
  ['a size of what the text is copied to', /^(?:__)?(?:str|stp|wcs)[lc]?(?:cpy|cat)(?:_chk)?$/],
  ['the size of the other buffer', /^(?:__)?(?:mbstowcs|wcstombs|strxfrm|strxfrm_l)(?:_chk)?$/],
  ['the size of the other buffer', /^(?:__)?(?:realpath|sprintf|vsprintf)_chk$|^wcsxfrm/],
  ['how many things there are', /^d?c?ngettext$|^parse_printf_format$/],
  ['a class, a type or a kind', /^(?:__)?(?:res_n?(?:query|search|mkquery|querydomain))$/],
  ['rounds of hashing', /^x?crypt_gensalt/],
  ['the size of a structure', /^(?:deflate|inflate)Init2?_$|^statfs64$/],
  ['the size of memory that goes by the name', /^PR_Open(?:AnonFileMap|SharedMemory)$/],
  ['the size of the buffer around a text that ends', /^OSSL_PARAM_construct_utf8_string$/],
  ['the length of the text behind it', /^PEM_dek_info$/],
  ['a flag, a mode or a priority', /^_ZNSt6locale|^_ZSt19__throw|^OBJ_txt2obj$|_no_name$/],
  ['a position', /^_ZNKSt?s?.*find.*EPK[cw]m$|^_ZNKSs.*find.*EPKcm$/],
];

interface Found {
  readonly file: string;
  readonly name: string;
  readonly parameters: readonly string[];
}

function prototypes(): readonly Found[] {
  return readdirSync(FOLDER).flatMap((file) =>
    readFileSync(join(FOLDER, file), 'utf8')
      .split('\n')
      .flatMap((line) => {
        if (/^(?:typedef|variant|import|[#;])/.test(line)) return [];
        const [, name = '', inside = ''] = /^.*?[ *](\w+)\((.*)\);\s*$/.exec(line) ?? [];
        return name === '' ? [] : [{ file, name, parameters: splitOutside(inside) }];
      }),
  );
}

/** At commas that no parentheses enclose. */
function splitOutside(text: string): readonly string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (const character of text) {
    if ('(['.includes(character)) depth++;
    if (')]'.includes(character)) depth--;
    if (character === ',' && depth === 0) parts.push('');
    else parts.push(`${parts.pop() ?? ''}${character}`);
  }
  return parts.map((part) => part.trim());
}

/** Up to its NUL, however far that is. */
const ENDLESS = /^(?:in )?\+?(?:secret\(|full\()?w?string\)?(?: \w+)?$/;
const NUMBER = /^(?:in )?(?:s?size_t|int|uint|long|ulong|uint(?:8|32|64)_t|socklen_t)(?: (\w+))?$/;
/** Names that lengths have in headers; a number without a name may be one. */
const LENGTH = /len|size|^n$|^l$|^max$|nbyte|^num$|^count$|_n$/i;

const isLength = (parameter: string | undefined): boolean => {
  const number = NUMBER.exec(parameter ?? '');
  return number !== null && (number[1] === undefined || LENGTH.test(number[1]));
};

describe('a bundled prototype with a text and a number behind it', () => {
  const all = prototypes();

  it('is among many', () => {
    expect(all.length).toBeGreaterThan(5000);
  });

  it('says that the number is the length, where it is', () => {
    const doubtful = all.filter(({ parameters }) =>
      parameters.some((parameter, at) => ENDLESS.test(parameter) && isLength(parameters[at + 1])),
    );
    const known = (name: string): boolean => OTHERS.some(([, functions]) => functions.test(name));
    const found = doubtful.filter(({ name }) => !known(name));
    expect(
      found.map(({ file, name, parameters }) => `${file}: ${name}(${parameters.join(', ')})`),
    ).toEqual([]);
  });
});
