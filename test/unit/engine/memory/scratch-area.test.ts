import { gapsNear } from '../../../../src/engine/memory/scratch-area.js';
import type { Mapping } from '../../../../src/kernel/mapping.js';

const MB = 0x100000;
const GB = 0x40000000;
const CLEARANCE = 0x10000;

const mapped = (start: number, megabytes: number, path = ''): Mapping => ({
  ...{ start, end: start + megabytes * MB, path },
  executable: false,
  offset: 0,
  file: '',
});

describe('room for copies of instructions', () => {
  const stack = mapped(0x7ffc_0000_0000, 1, '[stack]');
  const libraries = mapped(stack.start - GB, 16);
  const vdso = mapped(stack.end + 4 * MB, 1, '[vdso]');

  it('is below the code and near to it, or above it', () => {
    const places = gapsNear(libraries.start + MB, MB, 8 * GB, [
      mapped(0x400000, 1),
      libraries,
      vdso,
    ]);
    expect(places.slice(0, 2)).toEqual([
      libraries.start - CLEARANCE - MB,
      libraries.end + CLEARANCE,
    ]);
  });

  it('is not where the stack grows, if there is any other', () => {
    const places = gapsNear(vdso.start, MB, 2 * GB, [libraries, stack, vdso]);
    expect(places).toEqual([
      vdso.start - CLEARANCE - MB,
      libraries.start - CLEARANCE - MB,
      vdso.end + CLEARANCE,
      libraries.end + CLEARANCE,
    ]);
  });

  it('is within reach', () => {
    expect(gapsNear(vdso.start, MB, 6 * MB, [libraries, stack, vdso])).toEqual([
      vdso.start - CLEARANCE - MB,
      vdso.end + CLEARANCE,
    ]);
  });
});
