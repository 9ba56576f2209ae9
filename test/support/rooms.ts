/** The rooms of src/engine, the lowest first: what each may import of the others, and why no more. */

export interface Room {
  /** What it may import, rooms that stand above it in the table. */
  readonly mayImport: readonly string[];
  readonly reason: string;
}

/** Files that lie in no room, and which rule they follow. */
const ROOM_OF_FILE: Readonly<Record<string, string>> = {
  'engine/emitter.ts': 'words',
  'engine/engine-options.ts': 'words',
};

/** 'top' for files that lie directly in src/engine. */
export const ROOMS: Readonly<Record<string, Room>> = {
  words: { mayImport: [], reason: 'options and events are what the engine speaks to others in' },
  memory: {
    mayImport: [],
    reason:
      'a memory with breakpoints in it knows no calls, threads or modules: it asks for what it needs by interfaces of its own',
  },
  modules: { mayImport: ['memory'], reason: 'a loaded file is bytes in a memory, whoever runs it' },
  remote: {
    mayImport: ['memory', 'modules'],
    reason: 'a system call that a thread makes for us needs its registers and an instruction',
  },
  survival: {
    mayImport: ['memory', 'remote'],
    reason: 'what keeps a process alive without us must not depend on what we do in it',
  },
  points: {
    mayImport: ['memory', 'modules'],
    reason: 'where calls are caught is known before anybody calls',
  },
  tracees: {
    mayImport: ['memory', 'modules', 'remote', 'survival', 'points'],
    reason: 'it says who is traced, and does nothing',
  },
  'debug-info': {
    mayImport: ['words', 'modules', 'tracees'],
    reason: 'debug information is looked up for a place, whatever is done there',
  },
  scripts: {
    mayImport: ['words', 'modules', 'tracees'],
    reason: 'frames of scripts are read out of memory, whatever asks for them',
  },
  calls: {
    mayImport: ['words', 'memory', 'modules', 'points', 'tracees', 'debug-info', 'scripts'],
    reason: 'what a call is does not depend on how it was caught, or on who placed the breakpoint',
  },
  stops: {
    mayImport: ['words', 'memory', 'survival', 'points', 'tracees', 'calls'],
    reason: 'holding a thread and waiting for it serve all that is done with stopped threads',
  },
  sigtrap: {
    mayImport: ['memory', 'modules', 'remote', 'survival', 'points', 'tracees', 'stops'],
    reason:
      'what the program believes of SIGTRAP is nobody’s business but of those who hold threads',
  },
  signals: {
    mayImport: ['memory', 'remote', 'tracees', 'stops', 'sigtrap'],
    reason: 'a signal is delivered whatever we trace',
  },
  tracepoints: {
    mayImport: ['memory', 'modules', 'points', 'tracees', 'stops', 'sigtrap'],
    reason: 'where breakpoints go is decided without knowing what becomes of a call',
  },
  loading: {
    mayImport: ['words', 'memory', 'modules', 'tracees', 'stops', 'tracepoints'],
    reason: 'it follows the dynamic linker, and has breakpoints placed in what that loads',
  },
  inline: {
    mayImport: ['words', 'memory', 'modules', 'remote', 'survival', 'points', 'tracees', 'calls'],
    reason: 'another way of catching calls: calls know it only by its interface',
  },
  processes: {
    mayImport: [
      'words',
      'memory',
      'modules',
      'remote',
      'survival',
      'tracees',
      'calls',
      'stops',
      'sigtrap',
      'signals',
      'loading',
      'inline',
    ],
    reason: 'to begin, follow and leave a process all parts are told; none of them does it itself',
  },
  top: {
    mayImport: [
      'words',
      'survival',
      'points',
      'tracees',
      'debug-info',
      'scripts',
      'calls',
      'stops',
      'sigtrap',
      'signals',
      'tracepoints',
      'loading',
      'inline',
      'processes',
    ],
    reason: 'the loop, and what puts the parts together',
  },
};

/** The sentence for an import between two files of the engine that breaks a rule; undefined for all others. */
export function roomViolation(path: string, target: string): string | undefined {
  const [from, to] = [roomOf(path), roomOf(target)];
  if (from === undefined || to === undefined || from === to) return undefined;
  const rule = ROOMS[from];
  if (rule === undefined)
    return `${path} has no rule in test/support/rooms.ts: say what it may import and why`;
  if (rule.mayImport.includes(to)) return undefined;
  return `${path} imports engine/${to}/: ${rule.reason}`;
}

/** Rooms whose rule names one that does not stand above it: then there would be no order. */
export function roomsOutOfOrder(): readonly string[] {
  const names = Object.keys(ROOMS);
  return names.filter((name, index) =>
    ROOMS[name]?.mayImport.some((other) => !names.slice(0, index).includes(other)),
  );
}

function roomOf(path: string): string | undefined {
  const [folder, room, ...rest] = path.split('/');
  if (folder !== 'engine' || room === undefined) return undefined;
  return rest.length > 0 ? room : (ROOM_OF_FILE[path] ?? 'top');
}
