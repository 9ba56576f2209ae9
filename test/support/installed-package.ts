/** tsltrace as `npm install` would put it into an empty folder, without asking the network. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { inProject } from './project.js';

interface Manifest {
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Packs the project, unpacks it into `folder` and copies the packages that it depends on beside it. */
export function installPackage(folder: string): string {
  const packed = spawnSync(
    'npm',
    ['pack', '--ignore-scripts', '--pack-destination', folder, '--json'],
    {
      cwd: inProject(),
      encoding: 'utf8',
    },
  );
  const [{ filename } = { filename: '' }] = JSON.parse(packed.stdout) as { filename: string }[];
  const modules = join(folder, 'node_modules');
  const home = join(modules, 'tsltrace');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  mkdirSync(home);
  spawnSync('tar', ['xf', join(folder, filename), '-C', home, '--strip-components=1']);
  const manifest = readManifest(home);
  for (const name of Object.keys(manifest.dependencies ?? {})) copyPackage(name, modules);
  const command = manifest.bin?.['tsltrace'] ?? '';
  symlinkSync(join('..', relative(modules, join(home, command))), join(modules, '.bin/tsltrace'));
  return home;
}

/** The command where every user can reach it, which the project's folder does not promise; as words to run. */
export function installForEverybody(folder: string): readonly string[] {
  const home = installPackage(folder);
  chmodSync(folder, 0o755);
  return [nodeForEverybody(folder), join(dirname(home), '.bin/tsltrace')];
}

/** The Node that runs this test, or a copy of it where an ordinary user cannot reach it. */
function nodeForEverybody(folder: string): string {
  const reachable = !process.execPath.startsWith('/root/');
  if (reachable) return process.execPath;
  const copy = join(folder, 'node');
  copyFileSync(process.execPath, copy);
  return copy;
}

function copyPackage(name: string, modules: string): void {
  const source = inProject('node_modules', name);
  const target = join(modules, name);
  if (existsSync(target) || !existsSync(source)) return; // optional ones are for other systems
  mkdirSync(dirname(target), { recursive: true });
  cpSync(realpathSync(source), target, { recursive: true, dereference: true });
  const manifest = readManifest(source);
  for (const each of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
    copyPackage(each, modules);
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
