/** What the command line is read against: the environment, the terminal, the user. */
import { fstatSync, readFileSync, realpathSync } from 'node:fs';
import { prototypeFiles } from '../prototype/prototype-files.js';
import type { PrototypeFiles } from '../prototype/prototype-library.js';
import type { UserDatabase } from './user-identity.js';
import { readUserDatabase } from './user-identity.js';

export interface Surroundings {
  /** `NAME=value`, as we got it, in its order. */
  readonly environment: readonly string[];
  readonly isTerminal: (descriptor: number) => boolean;
  /** Columns of the terminal that the kernel reports; 0 when there is none. */
  readonly windowColumns: () => number;
  readonly effectiveUserId: number;
  readonly users: () => UserDatabase;
  /** The path behind symbolic links; the path itself where it leads nowhere. */
  readonly realPath: (path: string) => string;
  /** Files with prototypes: some can be read once only. */
  readonly prototypeFiles: PrototypeFiles;
  /** From package.json. */
  readonly version: string;
}

/** Node has no call for TIOCGWINSZ that leaves the terminal's state alone, so that comes from outside. */
export interface OutsideFacts {
  readonly windowColumns: () => number;
  readonly version: string;
  /** One line on standard error. */
  readonly report: (line: string) => void;
}

export function readSurroundings(outside: OutsideFacts): Surroundings {
  const resolved = new Map<string, string>();
  return {
    windowColumns: outside.windowColumns,
    version: outside.version,
    prototypeFiles: prototypeFiles(outside.report),
    environment: readEnvironment(),
    isTerminal,
    effectiveUserId: process.geteuid?.() ?? -1,
    users: readUserDatabase,
    realPath: (path) => {
      const known = resolved.get(path) ?? realPathOr(path);
      resolved.set(path, known);
      return known;
    },
  };
}

/** The value of a variable, undefined when it is not set. The first of several counts, as in getenv(3). */
export function environmentValue(environment: readonly string[], name: string): string | undefined {
  const entry = environment.find((text) => text.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}

/** The variables that say where the user keeps files, by the XDG base directory specification. */
export function foldersOf({
  environment,
}: Surroundings): Readonly<Record<string, string | undefined>> {
  const names = ['HOME', 'XDG_CONFIG_HOME', 'XDG_CONFIG_DIRS'];
  return Object.fromEntries(names.map((name) => [name, environmentValue(environment, name)]));
}

/** Columns of the terminal as ltrace finds them: COLUMNS, then the kernel; 0 when neither says. */
export function terminalColumns(around: Surroundings): number {
  const text = environmentValue(around.environment, 'COLUMNS') ?? '';
  const columns = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  return columns > 0 ? columns : around.windowColumns();
}

/**
 * Major numbers of terminals (Linux, admin-guide/devices.txt): BSD pseudo terminals, virtual consoles,
 * /dev/tty and /dev/console, UNIX98 pseudo terminals, USB and other serial lines, hypervisor consoles.
 */
const TERMINAL_MAJORS: ReadonlySet<number> = new Set([
  3, 4, 5, 136, 137, 138, 139, 140, 141, 142, 143, 188, 204, 229,
]);

/** As isatty(3), by the kind of device: node:tty would cost 11 ms of start-up. */
export function isTerminal(descriptor: number): boolean {
  try {
    const status = fstatSync(descriptor);
    // makedev(3): bits 8 to 19 of a device number are the major number.
    return status.isCharacterDevice() && TERMINAL_MAJORS.has((status.rdev >>> 8) & 0xfff);
  } catch {
    return false;
  }
}

/** The kernel's copy, which keeps order and duplicates as process.env does not. */
function readEnvironment(): readonly string[] {
  try {
    const text = readFileSync('/proc/self/environ', 'utf8');
    return text === '' ? [] : text.replace(/\0$/, '').split('\0');
  } catch {
    return Object.entries(process.env).map(([name, value]) => `${name}=${value ?? ''}`);
  }
}

function realPathOr(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
