import {
  filtersOfItsOwn,
  parseSeccomp,
  type SeccompState,
} from '../../../../../src/kernel/linux/proc/seccomp.js';

const US = 100;
const ROOT = 1;

/** Asks about process 7, a child of 5, among those given. */
function isFiltered(states: Readonly<Record<number, Partial<SeccompState>>>, self = US): boolean {
  const stateOf = (id: number): SeccompState | undefined =>
    states[id] && { mode: 0, filters: 0, parent: ROOT, ...states[id] };
  return filtersOfItsOwn(7, { id: self, state: stateOf(self) }, stateOf);
}

const filters = (count: number | undefined, parent = ROOT): Partial<SeccompState> => ({
  mode: 2,
  filters: count,
  parent,
});

describe('a thread whose system calls are filtered', () => {
  it('is one in strict mode, or with filters that we do not have', () => {
    expect(isFiltered({ [US]: {}, 7: { mode: 1 } })).toBe(true);
    expect(isFiltered({ [US]: {}, 7: filters(1) })).toBe(true);
    expect(isFiltered({ [US]: filters(1), [ROOT]: filters(1), 7: filters(2) })).toBe(true);
  });

  it('is none without filters, or with those that its container gives to everybody', () => {
    expect(isFiltered({ [US]: {}, 7: {} })).toBe(false);
    expect(isFiltered({ [US]: filters(1), [ROOT]: filters(1), 7: filters(1) })).toBe(false);
  });

  it('is none with those that it has from us', () => {
    expect(isFiltered({ [US]: filters(2), 5: filters(2, US), 7: filters(2, 5) })).toBe(false);
  });

  it('is one with as many as we have, from somewhere else', () => {
    expect(isFiltered({ [US]: filters(1), [ROOT]: {}, 7: filters(1) })).toBe(true);
  });

  it('is one where the kernel does not count filters', () => {
    const old = filters(undefined);
    expect(isFiltered({ [US]: old, [ROOT]: old, 7: old })).toBe(true);
  });
});

describe('parseSeccomp', () => {
  it('reads what proc_pid_status(5) names, whatever the program calls itself', () => {
    const text = 'Name:\tSeccomp: 0\\nSeccomp: 0\nPPid:\t42\nSeccomp:\t2\nSeccomp_filters:\t3\n';
    expect(parseSeccomp(text)).toEqual({ mode: 2, filters: 3, parent: 42 });
    expect(parseSeccomp('Name:\tx\nPPid:\t1\n')).toEqual({
      mode: 0,
      filters: undefined,
      parent: 1,
    });
  });
});
