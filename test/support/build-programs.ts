/** Compiles the programs of test/programs, once for each content of the sources and list of flags. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { inProject } from './project.js';

export interface BuildOptions {
  /** Beyond those that every fixture gets; a later flag wins over an earlier one. */
  readonly flags?: readonly string[];
  readonly compiler?: string;
  /** Link with the fixture library of this name, built by {@link buildLibrary} with `libraryFlags`. */
  readonly library?: string;
  readonly libraryFlags?: readonly string[];
}

const sourceFolders = [inProject('test/programs'), inProject('test/bench/programs')];
const cache = inProject('build/programs');
// -fno-builtin: a compiler that knows what strlen does removes the call that a test wants to see.
const COMMON_FLAGS = ['-O1', '-g', '-fno-builtin', '-pthread'];

/** Path of the executable built from `test/programs/<name>.c`, `.cc`, `.go` or `.rs`. Throws with the compiler's words. */
export function buildProgram(name: string, options: BuildOptions = {}): string {
  const source = sourceOf(name);
  if (source.endsWith('.go')) return build(name, ['go', 'build', ...(options.flags ?? []), source]);
  if (source.endsWith('.rs')) return build(name, ['rustc', '-O', ...(options.flags ?? []), source]);
  const compiler = options.compiler ?? (source.endsWith('.cc') ? 'g++' : 'gcc');
  const linked = options.library === undefined ? [] : linkFlags(options.library, options);
  return build(name, [compiler, ...COMMON_FLAGS, ...(options.flags ?? []), source, ...linked]);
}

/** Path of the shared library built from `test/programs/<name>.c`; its SONAME is the file's name. */
export function buildLibrary(name: string, options: BuildOptions = {}): string {
  const file = `${name.replace(/^lib-/, 'lib')}.so.1`;
  const flags = [
    '-shared',
    '-fPIC',
    '-fexceptions',
    `-Wl,-soname,${file}`,
    ...(options.flags ?? []),
  ];
  return build(file, [options.compiler ?? 'gcc', ...COMMON_FLAGS, ...flags, sourceOf(name)]);
}

function linkFlags(library: string, options: BuildOptions): readonly string[] {
  const path = buildLibrary(library, {
    ...(options.libraryFlags === undefined ? {} : { flags: options.libraryFlags }),
    ...(options.compiler === undefined ? {} : { compiler: options.compiler.replace('++', 'cc') }),
  });
  return [path, `-Wl,-rpath,${dirname(path)}`];
}

/** Runs the command with `-o <cache>/<hash>/<file>` unless that exists already. */
function build(file: string, command: readonly string[]): string {
  const folder = join(cache, `${file}-${digest(command)}`);
  const result = join(folder, basename(file));
  if (existsSync(result)) return result;
  mkdirSync(cache, { recursive: true });
  // Built aside and renamed, so that two runs at once never see half a program.
  const temporary = mkdtempSync(join(cache, '.new-'));
  const [compiler = 'gcc', ...flags] = command;
  const output = ['-o', join(temporary, basename(file))];
  // go takes its options between the verb and the sources.
  const args = compiler === 'go' ? ['build', ...output, ...flags.slice(1)] : [...flags, ...output];
  const done = spawnSync(compiler, args, {
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (done.status !== 0) {
    rmSync(temporary, { recursive: true });
    throw new Error(`${command.join(' ')}\n${done.stderr}${done.error?.message ?? ''}`);
  }
  try {
    renameSync(temporary, folder);
  } catch {
    rmSync(temporary, { recursive: true }); // another run was first
  }
  return result;
}

function digest(command: readonly string[]): string {
  const hash = createHash('sha256');
  for (const word of command) hash.update(`${word}\0`);
  const headers = sourceFolders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.h'))
      .map((name) => join(folder, name)),
  );
  const named = command.filter((word) => sourceFolders.includes(dirname(word)));
  for (const path of [...named, ...headers]) hash.update(readFileSync(path));
  return hash.digest('hex').slice(0, 16);
}

function sourceOf(name: string): string {
  const path = sourceFolders
    .flatMap((folder) => ['.c', '.cc', '.go', '.rs'].map((ending) => join(folder, name + ending)))
    .find(existsSync);
  if (path === undefined)
    throw new Error(`there is no ${name}.c, .cc, .go or .rs in test/programs`);
  return path;
}
