/** A cgroup whose tasks can be made to stand still, of either version. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { sleep } from './processes.js';

export interface Freezer {
  add(pid: number): void;
  /** Resolves when all stand still. */
  freeze(): Promise<void>;
  thaw(): void;
}

export type FreezerVersion = 'v1' | 'v2';

const PATIENCE_MS = 10_000;
const NAMES = {
  v1: { state: 'freezer.state', frozen: 'FROZEN', thawed: 'THAWED', told: 'freezer.state' },
  v2: { state: 'cgroup.freeze', frozen: '1', thawed: '0', told: 'cgroup.events' },
} as const;
const IS_FROZEN = { v1: /^FROZEN/, v2: /^frozen 1$/m } as const;

/** May we make cgroups of that version here? */
export function canFreeze(version: FreezerVersion): boolean {
  const folder = folderOf(version);
  if (folder === undefined) return false;
  try {
    mkdirSync(folder);
    return existsSync(`${folder}/${NAMES[version].state}`);
  } catch {
    return false;
  } finally {
    if (existsSync(folder)) rmdirSync(folder);
  }
}

/** Afterwards its tasks run again; they must have ended when `use` has. */
export async function withFreezer(
  version: FreezerVersion,
  use: (freezer: Freezer) => Promise<void>,
): Promise<void> {
  const folder = folderOf(version);
  if (folder === undefined) throw new Error(`there is no freezer ${version}`);
  const { state, frozen, thawed, told } = NAMES[version];
  const write = (file: string, text: string): void => writeFileSync(`${folder}/${file}`, text);
  const read = (file: string): string => readFileSync(`${folder}/${file}`, 'latin1');
  mkdirSync(folder);
  const freezer: Freezer = {
    add: (pid) => write('cgroup.procs', String(pid)),
    thaw: () => write(state, thawed),
    freeze: async () => {
      write(state, frozen);
      for (let waited = 0; !IS_FROZEN[version].test(read(told)); waited += 5) {
        if (waited > PATIENCE_MS) throw new Error('the tasks do not freeze');
        await sleep(5);
      }
    },
  };
  try {
    await use(freezer);
  } finally {
    freezer.thaw();
    for (let waited = 0; read('cgroup.procs') !== '' && waited < PATIENCE_MS; waited += 5) {
      await sleep(5);
    }
    rmdirSync(folder);
  }
}

let count = 0;

function folderOf(version: FreezerVersion): string | undefined {
  const mounts = readFileSync('/proc/self/mountinfo', 'latin1').split('\n');
  const type = version === 'v1' ? / - cgroup \S+ .*\bfreezer\b/ : / - cgroup2 /;
  const point = mounts.find((line) => type.test(line))?.split(' ')[4];
  return point === undefined ? undefined : `${point}/tsltrace-test-${process.pid}-${count++}`;
}
