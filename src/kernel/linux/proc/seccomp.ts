/** Which threads filter their own system calls by seccomp(2), as /proc says. */
import { readFileSync } from 'node:fs';

/** Of a thread's status file, proc_pid_status(5). */
export interface SeccompState {
  /** 0: off; 1: strict, read, write, exit and sigreturn only; 2: filters. */
  readonly mode: number;
  /** How many filters; undefined before Linux 5.9. */
  readonly filters: number | undefined;
  readonly parent: number;
}

const OFF = 0;
const FILTERS = 2;
const MOST_GENERATIONS = 100;

/**
 * Does the thread filter system calls by rules that we ourselves do not live under? Those that we share, a container's,
 * let everything through that we ask for.
 *
 * @param self what the calling thread itself lives under
 * @param stateOf of any thread or process; undefined when it has ended
 */
export function filtersOfItsOwn(
  tid: number,
  self: { readonly id: number; readonly state: SeccompState | undefined },
  stateOf: (id: number) => SeccompState | undefined,
): boolean {
  const state = stateOf(tid);
  // It has ended: whoever asks for more is told so.
  if (state === undefined || state.mode === OFF) return false;
  return state.mode !== FILTERS || !sharesFilters(state, self, stateOf);
}

/**
 * Filters are inherited and never taken off, so a process has exactly those of an ancestor that has as many. Children of
 * ours are compared with us, all others by the first process, from which everything here descends.
 */
function sharesFilters(
  state: SeccompState,
  self: { readonly id: number; readonly state: SeccompState | undefined },
  stateOf: (id: number) => SeccompState | undefined,
): boolean {
  const { filters } = state;
  const ours = self.state;
  if (filters === undefined || ours?.mode !== FILTERS || ours.filters !== filters) return false;
  return descendsFrom(self.id, state, stateOf) || stateOf(1)?.filters === filters;
}

function descendsFrom(
  ancestor: number,
  { parent }: SeccompState,
  stateOf: (id: number) => SeccompState | undefined,
): boolean {
  let id = parent;
  for (let i = 0; i < MOST_GENERATIONS && id > 1; i++) {
    if (id === ancestor) return true;
    id = stateOf(id)?.parent ?? 0;
  }
  return false;
}

/** undefined when there is no such thread. */
export function readSeccomp(id: number | 'self'): SeccompState | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${id}/status`, 'latin1');
  } catch {
    return undefined;
  }
  return parseSeccomp(text);
}

/** @param text a status file */
export function parseSeccomp(text: string): SeccompState {
  // The name comes first and is the program's to choose, but newlines in it are escaped.
  const field = (name: string): number | undefined => {
    const found = new RegExp(`\\n${name}:\\s*(\\d+)`).exec(text);
    return found === null ? undefined : Number(found[1]);
  };
  return {
    mode: field('Seccomp') ?? OFF,
    filters: field('Seccomp_filters'),
    parent: field('PPid') ?? 0,
  };
}
