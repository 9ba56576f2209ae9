/** Which compilers and tools this machine has, and by which Debian package it would get them. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Tool → Debian package, for what the tests use beyond Node. */
const PACKAGES = {
  gcc: 'gcc',
  'g++': 'g++',
  make: 'make',
  openssl: 'openssl',
  gdb: 'gdb',
  strace: 'strace',
  ltrace: 'ltrace',
  clang: 'clang',
  'ld.lld': 'lld',
  'ld.gold': 'binutils',
  objcopy: 'binutils',
  mold: 'mold',
  'musl-gcc': 'musl-tools',
  go: 'golang-go',
  rustc: 'rustc',
  luajit: 'luajit',
  javac: 'default-jdk-headless',
  curl: 'curl',
  wget: 'wget',
  git: 'git',
  nginx: 'nginx-light',
  ldapsearch: 'ldap-utils',
  psql: 'postgresql-client',
  perl: 'perl',
  bash: 'bash',
  tmux: 'tmux',
  zsh: 'zsh',
  fish: 'fish',
  dwz: 'dwz',
  chromium: 'chromium',
} as const;

export type Tool = keyof typeof PACKAGES;

const found = new Map<string, string | undefined>();

/** Full path in PATH or in /usr/bin; undefined when the machine has none. */
export function toolPath(tool: string): string | undefined {
  if (!found.has(tool)) found.set(tool, search(tool));
  return found.get(tool);
}

export function hasTool(tool: Tool): boolean {
  return toolPath(tool) !== undefined;
}

/** For {@link skipUnless}: `needs mold (Debian package mold)`. */
export function needs(tool: Tool): string {
  return `needs ${tool} (Debian package ${PACKAGES[tool]})`;
}

/** Debian's own Python, whatever comes first in PATH: it has the modules that Debian installs. */
export function debianPython(): string | undefined {
  return isExecutable('/usr/bin/python3') ? '/usr/bin/python3' : undefined;
}

export function hasPythonModule(name: string): boolean {
  const python = debianPython();
  if (python === undefined) return false;
  return spawnSync(python, ['-c', `import ${name}`], { stdio: 'ignore' }).status === 0;
}

/** Can gcc build programs with these flags here? Asked once for each list of flags. */
export function gccCan(...flags: readonly string[]): boolean {
  const key = `gcc ${flags.join(' ')}`;
  if (!found.has(key)) {
    const source = '#include <stdio.h>\nint main(void){puts("x");return 0;}\n';
    const built = spawnSync('gcc', [...flags, '-xc', '-', '-o', '/dev/null'], { input: source });
    found.set(key, built.status === 0 ? 'yes' : undefined);
  }
  return found.get(key) !== undefined;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function search(tool: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/bin', '/bin', '/usr/sbin'];
  return folders.map((folder) => join(folder, tool)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
