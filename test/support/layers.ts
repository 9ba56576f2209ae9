/** The import rules of src, each with its reason, and the check that finds who breaks them. */
import { posix } from 'node:path';
import { roomViolation } from './rooms.js';

export interface SourceFile {
  /** Relative to src, with '/'. */
  readonly path: string;
  readonly text: string;
}

interface Import {
  readonly specifier: string;
  readonly reExport: boolean;
}

interface LayerRule {
  readonly layer: number;
  readonly mayImport: readonly string[];
  readonly reason: string;
}

interface Home {
  /** Paths or path prefixes (ending in '/') inside src. */
  readonly in: readonly string[];
  readonly reason: string;
}

/** One sentence for each broken rule; empty when all is well. */
export function findViolations(files: readonly SourceFile[]): readonly string[] {
  const imports = new Map(files.map((file) => [file.path, importsOf(file.text)]));
  return [
    ...files.flatMap((file) => importViolations(file.path, imports.get(file.path) ?? [])),
    ...files.flatMap(wordViolations),
    ...ringsOf(imports),
  ];
}

/** What is wrong with the table of src/README.md, given the folders that exist. */
export function findReadmeViolations(
  readme: string,
  folders: readonly string[],
): readonly string[] {
  const named = new Map(
    [...readme.matchAll(/^\| `([a-z]+)`\s*\| (\d)/gm)].map((row) => [row[1] ?? '', Number(row[2])]),
  );
  const found: string[] = [];
  for (const folder of folders) {
    if (!named.has(folder)) found.push(`src/README.md does not name ${folder}/`);
    if (LAYERS[folder] === undefined) {
      found.push(
        `test/support/layers.ts has no rule for ${folder}/: say what it may import and why`,
      );
    }
  }
  for (const [folder, layer] of named) {
    if (!folders.includes(folder))
      found.push(`src/README.md names ${folder}/, which does not exist`);
    const expected = LAYERS[folder]?.layer;
    if (expected !== undefined && expected !== layer) {
      found.push(`src/README.md puts ${folder}/ in layer ${layer}, the rules in layer ${expected}`);
    }
  }
  return found;
}

function importsOf(text: string): readonly Import[] {
  const found: Import[] = [];
  const statement =
    /^[ \t]*(import|export)\b(?!\s*\()(\s+type\b(?!\s*from)(?!\s*=))?(?:[^;'"]*?\bfrom)?\s*'([^']+)'/gm;
  for (const match of text.matchAll(statement)) {
    found.push({
      specifier: match[3] ?? '',
      reExport: match[1] === 'export',
    });
  }
  for (const match of text.matchAll(/\b(?:import|require)\(\s*'([^']+)'\s*\)/g)) {
    found.push({ specifier: match[1] ?? '', reExport: false });
  }
  return found;
}

/** The path inside src that a relative import means, '' for a package. */
function targetOf(importer: string, specifier: string): string {
  if (!specifier.startsWith('.')) return '';
  return posix.join(posix.dirname(importer), specifier).replace(/\.js$/, '.ts');
}

function importViolations(path: string, imports: readonly Import[]): readonly string[] {
  return imports.flatMap((one) => {
    const target = targetOf(path, one.specifier);
    const found =
      target === '' ? packageViolation(path, one.specifier) : layerViolation(path, target);
    const barrel =
      one.reExport && path !== 'index.ts'
        ? `${path} re-exports ${one.specifier}: import the file that defines the name (re-exports hide structure and breed cycles)`
        : undefined;
    return [found, barrel].filter((sentence) => sentence !== undefined);
  });
}

function layerViolation(path: string, target: string): string | undefined {
  if (target.startsWith('..')) return `${path} imports ${target}, which lies outside src`;
  if (target.startsWith('kernel/linux/') && !mayTouchLinux(path)) {
    return `${path} imports ${target}: ${LINUX_REASON}`;
  }
  if (OF_ONE_CPU.test(target) && folderOf(path) !== 'arch') {
    return `${path} imports ${target}: what differs between CPUs is asked of the Arch`;
  }
  const from = folderOf(path);
  const to = folderOf(target);
  if (from === to && from !== '') return roomViolation(path, target);
  const rule = from === '' ? ROOT_FILES[path] : LAYERS[from];
  if (rule === undefined) {
    return `${path} has no rule in test/support/layers.ts: say what it may import and why`;
  }
  // Files directly in src join the layers; nothing below may know of them.
  const wanted = to === '' ? target : to;
  if (rule.mayImport.includes(wanted)) return undefined;
  return `${path} imports ${wanted}${to === '' ? '' : '/'}: ${rule.reason}`;
}

function packageViolation(path: string, specifier: string): string | undefined {
  const name = specifier.startsWith('@')
    ? specifier.split('/').slice(0, 2).join('/')
    : (specifier.split('/')[0] ?? '');
  const home = HOMES[name];
  if (home === undefined) {
    if (PURE_BUILTINS.has(name)) return undefined;
    return `${path} imports ${name}, which has no home in test/support/layers.ts`;
  }
  if (home.in.some((place) => isAt(path, place))) return undefined;
  const where = home.in.length === 0 ? 'nowhere' : home.in.join(', ');
  return `${path} imports ${name}, allowed in ${where}: ${home.reason}`;
}

function wordViolations(file: SourceFile): readonly string[] {
  const code = file.text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
  return FORBIDDEN_WORDS.filter(
    (rule) => rule.pattern.test(code) && !rule.except.some((place) => isAt(file.path, place)),
  ).map((rule) => `${file.path} uses ${rule.what}: ${rule.reason}`);
}

/** Files that need each other, types included: none of them can be understood, or moved, without the others. */
function ringsOf(imports: ReadonlyMap<string, readonly Import[]>): readonly string[] {
  const targets = new Map(
    [...imports].map(([path, list]) => [
      path,
      list.map((one) => targetOf(path, one.specifier)).filter((target) => target !== path),
    ]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) found.push(ringText(trail.slice(start)));
    if (start >= 0 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of targets.keys()) visit(path, []);
  return found;
}

function ringText(ring: readonly string[]): string {
  const [first = '', second] = [...ring].sort();
  return ring.length === 2
    ? `${first} and ${second} import each other: one noun is split over two files`
    : `${[...ring, ring[0]].join(' imports ')}: a ring of imports`;
}

function folderOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : '';
}

function isAt(path: string, place: string): boolean {
  return place.endsWith('/') ? path.startsWith(place) : path === place;
}

function mayTouchLinux(path: string): boolean {
  return ['kernel/linux/', 'main.ts', 'library/'].some((place) => isAt(path, place));
}

/** Folders of one processor family. */
const OF_ONE_CPU = /^arch\/[^/]+\//;

const LINUX_REASON =
  'only main.ts and library/, in its Worker, make the real kernel; everyone else sees the Kernel interface, so that tests can script it';

const LAYERS: Readonly<Record<string, LayerRule>> = {
  base: { layer: 0, mayImport: [], reason: 'base has no domain knowledge and so needs nobody' },
  ctype: { layer: 1, mayImport: ['base'], reason: 'C types are plain data' },
  trace: {
    layer: 1,
    mayImport: ['base'],
    reason: 'the contract is data: whoever prints needs no tracee, no registers, no ELF',
  },
  compression: {
    layer: 1,
    mayImport: ['base'],
    reason: 'a compressed stream is bytes, whatever is inside',
  },
  kernel: {
    layer: 2,
    mayImport: ['base'],
    reason: 'the kernel knows processes and memory, not symbols, calls or output',
  },
  arch: {
    layer: 2,
    mayImport: ['base', 'ctype'],
    reason: 'a CPU takes bytes and registers and gives locations; it is tested on any machine',
  },
  elf: { layer: 2, mayImport: ['base'], reason: 'an ELF file is bytes, whoever runs it' },
  prototype: {
    layer: 2,
    mayImport: ['base', 'ctype'],
    reason: 'a prototype says what could be passed; values that were passed belong to lens',
  },
  filter: {
    layer: 2,
    mayImport: ['base', 'trace'],
    reason: 'a filter judges names, and --where judges events; it knows no tracee',
  },
  symbol: {
    layer: 3,
    mayImport: ['base', 'compression', 'arch', 'elf'],
    reason: 'what can be traced in an image follows from the file and the CPU alone',
  },
  dwarf: {
    layer: 3,
    mayImport: ['base', 'compression', 'ctype', 'arch', 'elf', 'prototype'],
    reason: 'debug information becomes prototypes and source lines; it knows no tracee',
  },
  lens: {
    layer: 3,
    mayImport: ['base', 'ctype', 'arch', 'prototype', 'trace'],
    reason: 'a lens turns raw bytes into a Value through the two reads it is given',
  },
  frames: {
    layer: 3,
    mayImport: ['base', 'trace'],
    reason:
      'an interpreter is words in memory: its frames are read through two reads, and tested on memory that is made up',
  },
  engine: {
    layer: 4,
    mayImport: [
      'base',
      'ctype',
      'trace',
      'kernel',
      'arch',
      'elf',
      'prototype',
      'filter',
      'symbol',
      'dwarf',
      'lens',
      'frames',
    ],
    reason: 'the engine emits events and never sees how they are shown or where options come from',
  },
  audit: {
    layer: 3,
    mayImport: ['base', 'trace', 'filter'],
    reason: 'an audit is a fold over events, live or recorded: it knows no tracee and no terminal',
  },
  output: {
    layer: 4,
    mayImport: ['base', 'trace', 'audit'],
    reason:
      'a sink works on a recording as on a live program: if it needs more, the event lacks a field',
  },
  page: {
    layer: 5,
    mayImport: ['audit', 'output'],
    reason:
      'it runs in a browser: it takes types of what stands in a report, and nothing that runs',
  },
  launch: {
    layer: 3,
    mayImport: ['base', 'kernel', 'filter'],
    reason:
      'what a command name means, and why it could not be started, is so for command and library',
  },
  request: {
    layer: 5,
    mayImport: ['base', 'kernel', 'prototype', 'filter', 'lens', 'engine'],
    reason: 'command line and library fill it; it knows neither',
  },
  cli: {
    layer: 6,
    mayImport: [
      'base',
      'ctype',
      'trace',
      'kernel',
      'arch',
      'elf',
      'prototype',
      'filter',
      'symbol',
      'dwarf',
      'lens',
      'engine',
      'output',
      'audit',
      'launch',
      'request',
    ],
    reason: 'the command line translates options and runs nothing itself',
  },
  commands: {
    layer: 7,
    mayImport: [
      'base',
      'trace',
      'kernel',
      'prototype',
      'filter',
      'lens',
      'engine',
      'output',
      'request',
      'cli',
      'session.ts',
    ],
    reason: 'a command joins what the command line asked for with the parts that do it',
  },
  library: {
    layer: 7,
    mayImport: [
      'base',
      'trace',
      'kernel',
      'prototype',
      'filter',
      'symbol',
      'lens',
      'launch',
      'engine',
      'request',
      'session.ts',
      'version.ts',
    ],
    reason: 'a program that imports us has no command line, and gets events in place of output',
  },
};

const PARTS = Object.keys(LAYERS).filter(
  (folder) => !['cli', 'commands', 'library'].includes(folder),
);

const ROOT_FILES: Readonly<Record<string, { mayImport: readonly string[]; reason: string }>> = {
  'main.ts': {
    mayImport: [...PARTS, 'cli', 'commands', 'session.ts', 'standard-streams.ts', 'version.ts'],
    reason: 'the command joins everything and nobody needs it',
  },
  'index.ts': {
    mayImport: ['base', 'trace', 'output', 'library'],
    reason: 'it names what users of the library may import, and does nothing',
  },
  'standard-streams.ts': { mayImport: [], reason: 'it comes before everything else' },
  'version.ts': { mayImport: [], reason: 'it reads one file' },
  'session.ts': {
    mayImport: PARTS,
    reason: 'a session joins events and sinks for whoever starts it, command or library',
  },
};

const HOMES: Readonly<Record<string, Home>> = {
  koffi: { in: ['kernel/linux/'], reason: 'native calls have one door' },
  elfy: { in: ['elf/section-table.ts'], reason: 'its answers are checked in one place' },
  yargs: { in: ['cli/'], reason: 'nothing below the command line knows how options are spelt' },
  yaml: { in: ['audit/policy/policy-file.ts'], reason: 'policies are the only files in it' },
  picomatch: { in: ['filter/'], reason: 'what a glob means is decided once' },
  'iced-x86': { in: ['arch/'], reason: 'instructions are the business of a CPU' },
  'gecko-profiler-demangle': { in: ['symbol/demangle.ts'], reason: 'names are demangled once' },
  'node:child_process': {
    in: [],
    reason: 'our wait would reap its children, and libuv takes ptrace stops of its own',
  },
  'node:fs': {
    in: [
      'kernel/linux/',
      'cli/',
      'commands/',
      'output/',
      'prototype/',
      'symbol/',
      'launch/',
      'library/engine-options.ts',
      'library/prepare-request.ts',
      'library/stdio.ts',
      'main.ts',
      'version.ts',
      'standard-streams.ts',
    ],
    reason:
      'parsers and the engine take bytes and return values; prototype and symbol may read what the package brings or the user names',
  },
  'node:stream': {
    in: ['output/recording/', 'library/stdio.ts'],
    reason:
      'while a trace runs the event loop stands still; recordings are read through it, and hosts of the library have one that turns',
  },
  'node:net': {
    in: ['library/stdio.ts'],
    reason:
      'a host of the library reads the pipes of its program; to others speaks the exporter of --otlp alone',
  },
  'node:assert': {
    in: [],
    reason:
      'loading it opens process.stderr, which makes the pipe that the tracee shares non-blocking',
  },
  'node:worker_threads': {
    in: ['library/', 'output/audit/otlp/'],
    reason: 'one OS thread owns ptrace; what is sent elsewhere is sent by another',
  },
  'node:module': {
    in: ['output/audit/otlp/'],
    reason: 'the packages of OpenTelemetry are loaded where they are asked for, and nowhere else',
  },
  'node:v8': {
    in: ['commands/short-run.ts'],
    reason: 'flags of V8 hold for the whole process: only the command sets them',
  },
};

const PURE_BUILTINS = new Set([
  'node:url',
  'node:path',
  'node:util',
  'node:buffer',
  'node:os',
  'node:zlib',
  'node:crypto',
  'node:string_decoder',
  'node:perf_hooks',
]);

const FORBIDDEN_WORDS: readonly {
  readonly pattern: RegExp;
  readonly what: string;
  readonly except: readonly string[];
  readonly reason: string;
}[] = [
  {
    pattern: /\bprocess\.(?:stdin|stdout|stderr)\b/,
    what: 'process.stdin/stdout/stderr',
    except: [],
    reason: 'libuv makes the pipe that the tracee shares non-blocking; use fs.writeSync',
  },
  {
    pattern: /\bconsole\.\w/,
    what: 'console',
    except: [],
    reason: 'it writes through process.stdout, which makes the shared pipe non-blocking',
  },
  {
    pattern: /\bprocess\.arch\b/,
    what: 'process.arch',
    except: ['main.ts', 'kernel/linux/'],
    reason: 'the CPU is the tracee’s, never ours',
  },
  {
    pattern: /'(?:x86_64|i386|aarch64|arm64)'/,
    what: 'the name of an architecture',
    except: ['arch/', 'prototype/syscalls.ts'],
    reason: 'what differs between CPUs is a fact of the Arch: ask that, not its name',
  },
];
