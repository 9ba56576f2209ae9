/** Which parameters are secrets where nothing but their names says so: in C headers, in debug information. */
import { withLens } from './lensed-type.js';
import type { LensedType } from './prototype.js';

const SECRET_NAME =
  /pass(wo?r?d|phrase|code)|phrase$|^pass$|^pwd?$|_pwd?$|secret|^pin$|_pin$|priv(ate)?_?key|credential/i;

/** URLs may hold passwords: what else they say is of use. */
const URL_NAME = /^(.*_)?ur[il]$|[a-z](Ur[il]|UR[IL])$/;

/** The type of a parameter of that name: what is behind it is not read where the name says that it is a secret. */
export function guardedByName(name: string | undefined, type: LensedType): LensedType {
  // What is in a register itself is too little to hide.
  if (name === undefined || type.kind === 'scalar') return type;
  if (SECRET_NAME.test(name)) return withLens({ kind: 'secret' }, type);
  return URL_NAME.test(name) ? withLens({ kind: 'url' }, type) : type;
}
