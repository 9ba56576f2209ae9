/** The parts of a rule that say which modules call and are called. */
import type { NamePattern } from './name-pattern.js';
import type { ModuleIdentity, OutsideFit, Verdict } from './symbol-filter.js';

export type LibraryPart =
  | { readonly kind: 'any' }
  | { readonly kind: 'main-program' }
  | { readonly kind: 'name'; readonly pattern: NamePattern }
  | { readonly kind: 'memory'; readonly pattern: NamePattern }
  | { readonly kind: 'path'; readonly pattern: NamePattern; readonly paths: PathResolver };

/** The path behind symbolic links, or the path itself where it leads nowhere. */
export type PathResolver = (path: string) => string;

/** As the trace shows code that nothing is known of. */
const NO_MODULE = '?';

/** @param module undefined while it is not known */
export function fitsLibrary(part: LibraryPart, module: ModuleIdentity | undefined): Verdict {
  if (part.kind === 'any') return 'yes';
  if (module === undefined) return 'open';
  return fitsModule(part, module) ? 'yes' : 'no';
}

export function fitsModule(part: LibraryPart, module: ModuleIdentity): boolean {
  switch (part.kind) {
    case 'any':
      return true;
    case 'main-program':
      return module.isMainProgram;
    case 'name':
      return module.name === ''
        ? part.pattern.text === NO_MODULE
        : part.pattern.matches(module.name);
    case 'memory':
      return part.pattern.matches(generalName(module.name)) || part.pattern.matches(module.name);
    case 'path':
      return part.pattern.matches(module.path) || part.pattern.matches(part.paths(module.path));
  }
}

/** The one name or path that it fits. */
export function literalModule(part: LibraryPart): readonly string[] {
  const isWritten = part.kind === 'name' || part.kind === 'path';
  return isWritten && part.pattern.literal !== undefined ? [part.pattern.literal] : [];
}

/** The kernel's word for memory that the program gave no name: proc_pid_maps(5). */
const ANONYMOUS = '[anon]';

/** `[anon]` stands for `[anon:NAME]` as well: PR_SET_VMA_ANON_NAME in prctl(2). */
function generalName(name: string): string {
  return name.startsWith('[anon:') ? ANONYMOUS : name;
}

export function outsideFit(caller: LibraryPart): OutsideFit {
  switch (caller.kind) {
    case 'any':
      return 'any';
    case 'memory':
      return 'named';
    case 'name':
      return caller.pattern.matches(ANONYMOUS) ? 'named' : 'never';
    case 'main-program':
    case 'path':
      return 'never';
  }
}
