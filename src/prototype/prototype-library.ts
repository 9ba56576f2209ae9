/** Finds the prototype of a function among the files of the user, of the system and our own. */
import { UserError } from '../base/errors.js';
import { FileRefused } from './bounded-file.js';
import { copiedLibraries } from './copied-libraries.js';
import { parseHeader } from './c/c-header.js';
import { keepSecrets } from './keep-secrets.js';
import type { ItemIndex } from './conf/item-index.js';
import { PrototypeFile } from './conf/prototype-file.js';
import type { PrototypeSource } from './conf/prototype-file.js';
import type { Diagnostic, FileProblem, LensedType, Prototype } from './prototype.js';
import type { TypeScope } from './conf/type-parser.js';

/** The outside world, as far as prototype files need it. */
export interface PrototypeFiles {
  /**
   * Text of a regular file; undefined when there is none.
   * @throws FileRefused when there is one that cannot be read
   */
  read(path: string): string | undefined;
  /**
   * Text of a file that the user named, which may be a pipe: read once.
   * @throws FileRefused also when there is none
   */
  readGiven(path: string): string;
  /** The index of a bundled file, made when the package was built; undefined when there is none. */
  readIndex(path: string): ItemIndex | undefined;
  exists(path: string): boolean;
  isDirectory(path: string): boolean;
  /** Names of the .conf files in a directory. */
  list(directory: string): readonly string[];
}

/** Is told of a mistake in a file of the user when the file is read. */
export type DiagnosticListener = (found: Diagnostic | FileProblem) => void;

/** Where to look, in the order of this list; see docs/prototypes.md. */
export interface PrototypePlaces {
  /** `-F`: files and directories, perhaps joined with `:`. */
  readonly given: readonly string[];
  /** Directories with one file for each library. */
  readonly directories: readonly string[];
  /** `~/.ltrace.conf` */
  readonly ownFile: string | undefined;
  /** Our own prototypes. */
  readonly bundled: string;
  /** `/etc/ltrace.conf` */
  readonly systemFile: string;
}

/** The places that ltrace looks at, by the XDG base directory specification. */
export function defaultPlaces(
  environment: Readonly<Record<string, string | undefined>>,
  given: readonly string[],
  bundled: string,
): PrototypePlaces {
  const home = environment['HOME'] ?? '';
  const config = environment['XDG_CONFIG_HOME'] ?? (home === '' ? '' : `${home}/.config`);
  const system = environment['XDG_CONFIG_DIRS'] ?? '/etc/xdg';
  return {
    given,
    directories: [
      ...(config === '' ? [] : [`${config}/ltrace`]),
      ...(home === '' ? [] : [`${home}/.ltrace`]),
      ...system.split(':').flatMap((path) => (path === '' ? [] : [`${path}/ltrace`])),
    ],
    ownFile: home === '' ? undefined : `${home}/.ltrace.conf`,
    bundled,
    systemFile: '/etc/ltrace.conf',
  };
}

/** Names of typedefs that are being looked up: files may import each other in circles. */
class GuardedScope implements TypeScope {
  private readonly searching = new Set<string>();

  constructor(private readonly files: () => Iterable<TypeScope>) {}

  findType(name: string): LensedType | undefined {
    if (this.searching.has(name)) return undefined;
    this.searching.add(name);
    let found: LensedType | undefined;
    for (const file of this.files()) found ??= file.findType(name);
    this.searching.delete(name);
    return found;
  }
}

/** A file and what it imports. */
class LoadedFile implements TypeScope {
  readonly source: PrototypeSource;
  private imported: readonly LoadedFile[] | undefined;

  constructor(
    path: string,
    content: string | ItemIndex,
    private readonly importsOf: (file: PrototypeSource) => readonly LoadedFile[],
    shared: TypeScope,
  ) {
    const outer = new GuardedScope(() => [...this.imports, shared]);
    this.source =
      typeof content === 'string' && path.endsWith('.h')
        ? parseHeader(path, content)
        : new PrototypeFile(path, content, outer);
  }

  findPrototype(name: string, seen = new Set<LoadedFile>()): Prototype | undefined {
    if (seen.has(this)) return undefined;
    seen.add(this);
    let found = this.source.findPrototype(name);
    for (const file of this.imports) found ??= file.findPrototype(name, seen);
    return found;
  }

  findType(name: string): LensedType | undefined {
    return this.source.findType(name);
  }

  private get imports(): readonly LoadedFile[] {
    return (this.imported ??= this.importsOf(this.source));
  }
}

/** What one kind of place says: a file for everything, or one for each library. */
interface Layer {
  find(name: string, libraries: readonly string[]): Prototype | undefined;
  /** Is there a file for this library? */
  knows(library: string): boolean;
  findSyscall(name: string): Prototype | undefined;
}

export class PrototypeLibrary {
  private readonly loaded = new Map<string, LoadedFile | undefined>();
  private readonly layers: readonly Layer[];
  /** What comes with us. */
  private readonly ours: Layer;
  private readonly guardedPrototypes = new WeakMap<Prototype, Prototype>();
  private readonly directories: readonly string[];
  private readonly flatFiles: LoadedFile[] = [];
  private readonly shared = new GuardedScope(() => this.flatFiles);

  /**
   * Reads the files of the user at once, to tell of mistakes in them; the others when they are needed.
   *
   * @throws UserError when a file that is given cannot be read
   */
  constructor(
    private readonly files: PrototypeFiles,
    private readonly places: PrototypePlaces,
    private readonly tell: DiagnosticListener,
  ) {
    const given = places.given.flatMap((path) => splitGiven(files, path));
    const isDirectory = (path: string): boolean => files.isDirectory(path);
    this.directories = [...given, ...places.directories].filter(isDirectory);
    const flat = given.filter((path) => !isDirectory(path));
    const givenFiles = flat.map((path) => this.loadGiven(path));
    const ownFile = places.ownFile === undefined ? undefined : this.load(places.ownFile);
    this.flatFiles.push(...givenFiles, ...(ownFile === undefined ? [] : [ownFile]));
    for (const file of this.flatFiles) this.check(file);
    this.ours = this.libraryLayer([places.bundled]);
    this.layers = [
      this.flatLayer(() => givenFiles),
      this.libraryLayer(this.directories),
      this.flatLayer(() => (ownFile === undefined ? [] : [ownFile])),
      this.ours,
      this.flatLayer(() => this.load(places.systemFile) ?? []),
    ];
  }

  /**
   * @param libraries SONAMEs (base names for programs) to look in, likeliest first
   * @param aliases   other names of the same function, tried when nothing knows `symbol`
   */
  lookup(
    libraries: readonly string[],
    symbol: string,
    aliases: readonly string[] = [],
  ): Prototype | undefined {
    for (const name of [symbol, ...aliases]) {
      const all = [...libraries, ...copiedLibraries(name)];
      for (const layer of this.layers) {
        const found = layer.find(name, all);
        if (found === undefined) continue;
        return layer === this.ours ? found : this.guarded(found, name, all);
      }
    }
    return undefined;
  }

  /** Can it matter that this library is among those to look in? */
  describes(library: string): boolean {
    return this.layers.some((layer) => layer.knows(library));
  }

  private guarded(found: Prototype, name: string, libraries: readonly string[]): Prototype {
    const known = this.guardedPrototypes.get(found);
    if (known !== undefined) return known;
    const made = keepSecrets(found, this.ours.find(name, libraries));
    this.guardedPrototypes.set(found, made);
    return made;
  }

  /** @param name without `SYS_` */
  lookupSyscall(name: string): Prototype | undefined {
    for (const layer of this.layers) {
      const found = layer.findSyscall(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private flatLayer(list: () => readonly LoadedFile[] | LoadedFile): Layer {
    const find = (name: string): Prototype | undefined => {
      const found = list();
      for (const file of found instanceof LoadedFile ? [found] : found) {
        const prototype = file.findPrototype(name);
        if (prototype !== undefined) return prototype;
      }
      return undefined;
    };
    return { find, knows: () => false, findSyscall: (name) => find(`SYS_${name}`) };
  }

  private libraryLayer(directories: readonly string[]): Layer {
    const known = new Map<string, LoadedFile | undefined>();
    const fileOf = (library: string): LoadedFile | undefined => {
      if (!known.has(library)) known.set(library, this.loadLibrary(directories, library));
      return known.get(library);
    };
    return {
      find: (name, libraries) => {
        for (const library of libraries) {
          const prototype = fileOf(library)?.findPrototype(name);
          if (prototype !== undefined) return prototype;
        }
        return undefined;
      },
      knows: (library) => fileOf(library) !== undefined,
      findSyscall: (name) => fileOf('syscalls')?.findPrototype(name),
    };
  }

  /** The first file that there is: `libc.so.6.conf`, `libc.so.conf`, in each directory. */
  private loadLibrary(directories: readonly string[], library: string): LoadedFile | undefined {
    for (const directory of directories) {
      for (const name of fileNamesOf(library)) {
        const path = `${directory}/${name}.conf`;
        const isNew = !this.loaded.has(path);
        const file = this.load(path);
        if (file === undefined) continue;
        if (isNew && directory !== this.places.bundled) this.check(file);
        return file;
      }
    }
    return undefined;
  }

  private load(path: string): LoadedFile | undefined {
    if (!this.loaded.has(path)) {
      const content = this.contentOf(path);
      this.loaded.set(path, content === undefined ? undefined : this.fileOf(path, content));
    }
    return this.loaded.get(path);
  }

  private fileOf(path: string, content: string | ItemIndex): LoadedFile {
    return new LoadedFile(path, content, (file) => this.importsOf(file), this.shared);
  }

  private contentOf(path: string): string | ItemIndex | undefined {
    const isBundled = path.startsWith(`${this.places.bundled}/`);
    try {
      return (isBundled ? this.files.readIndex(path) : undefined) ?? this.files.read(path);
    } catch (error) {
      if (!(error instanceof FileRefused)) throw error;
      this.tell({ file: path, severity: 'error', message: error.message });
      return undefined;
    }
  }

  private check(file: LoadedFile): void {
    const found = file.source.check(MOST_MISTAKES + 1);
    for (const diagnostic of found.slice(0, MOST_MISTAKES)) this.tell(diagnostic);
    if (found.length <= MOST_MISTAKES) return;
    const message = 'more mistakes follow';
    this.tell({ file: file.source.path, severity: 'error', message });
  }

  /** `import "libm.so"`: beside the importing file, else where files of libraries are. */
  private importsOf({ path, imports }: PrototypeSource): LoadedFile[] {
    const own = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    return imports.flatMap((name) => {
      if (!isFileName(name)) {
        this.tell({ file: path, severity: 'error', message: `'${name}' names no file to import` });
        return [];
      }
      const directories = [own, ...this.directories, this.places.bundled];
      for (const directory of directories) {
        const file = this.load(`${directory}/${name}.conf`);
        if (file !== undefined) return file;
      }
      this.tell({ file: path, severity: 'error', message: `there is no ${name}.conf to import` });
      return [];
    });
  }

  private loadGiven(path: string): LoadedFile {
    const known = this.loaded.get(path);
    if (known !== undefined) return known;
    try {
      const file = this.fileOf(path, this.files.readGiven(path));
      this.loaded.set(path, file);
      return file;
    } catch (error) {
      if (!(error instanceof FileRefused)) throw error;
      throw new UserError(`cannot read the prototypes in ${path}: ${error.message}`);
    }
  }
}

/** `-F a.conf:b.conf`, unless there is a file with a colon in its name. */
export function splitGiven(files: PrototypeFiles, path: string): readonly string[] {
  return files.exists(path) ? [path] : path.split(':').filter((part) => part !== '');
}

/** Whoever gives us something else than prototypes need not be told of every line. */
const MOST_MISTAKES = 20;

/** `libssl.so.1.1` → itself, `libssl.so.1`, `libssl.so`; a program has its own name only. */
export function fileNamesOf(library: string): string[] {
  // A SONAME is what a hostile file says.
  if (!isFileName(library)) return [];
  const names = [library];
  const stem = library.indexOf('.so');
  if (stem === -1) return names;
  for (let name = library; name.length > stem + 3;) {
    name = name.slice(0, name.lastIndexOf('.'));
    if (name.length >= stem + 3) names.push(name);
  }
  return names;
}

function isFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name) && name.length < 256;
}
