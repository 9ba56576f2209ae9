import { toLoadBias } from '../../../../src/base/address.js';
import { x86_64 } from '../../../../src/arch/x86_64/x86_64.js';
import { fileOf } from '../../../../src/base/file-bytes.js';
import { toProcessId } from '../../../../src/base/ids.js';
import { ImageCache, type ImageResult } from '../../../../src/engine/modules/image-cache.js';
import { ProcessMemory } from '../../../../src/engine/memory/process-memory.js';
import type { Mapping } from '../../../../src/kernel/mapping.js';
import type { MappedFile, TraceeFiles } from '../../../../src/kernel/tracee-files.js';
import { buildImage } from '../../../support/elf-builder.js';
import { ScriptedKernel } from '../../../support/scripted-kernel.js';

const BIAS = 0x7000_0000;
const MAPPING: Mapping = {
  start: BIAS,
  end: BIAS + 0x10000,
  executable: true,
  path: '/lib/libtest.so (deleted)',
  offset: 0,
  file: 'fd:01 17',
};
const symbols = [{ name: 'work', value: 0x100 }];
const build = (buildId: string): Buffer =>
  buildImage({ buildId: Buffer.from(buildId, 'hex'), symbols, soname: 'libtest.so' });
const image = (bytes: Uint8Array, identity: string) => ({ ...fileOf(bytes), identity });

/** What becomes of a library that is loaded when its mapping leads to these files. */
function loaded(inMemory: Uint8Array, found: MappedFile): ImageResult {
  const kernel = new ScriptedKernel([]);
  kernel.memory.map(BIAS, inMemory);
  const processes = { first: () => toProcessId(42), passOverEnded: () => false };
  const memory = new ProcessMemory(kernel, processes, { byteAt: () => undefined }, x86_64);
  const files: TraceeFiles = {
    mappings: [MAPPING],
    mappingAt: () => MAPPING,
    program: () => undefined,
    mapped: () => found,
    open: () => undefined,
  };
  const wanted = { mapping: MAPPING, knownAs: '/lib/libtest.so', memory };
  return new ImageCache().loaded(files, { ...wanted, biasOf: () => toLoadBias(BIAS) });
}

describe('the image of a module that is loaded', () => {
  const ours = build('01');
  const others = build('02');

  it('is the file that is mapped', () => {
    const result = loaded(new Uint8Array(0), { kind: 'same', file: image(ours, 'a') });
    expect(result).toMatchObject({ kind: 'image', source: 'file' });
  });

  it('is the one at its path if its build id is the one that is loaded', () => {
    const files = [image(others, 'b'), image(ours, 'a')];
    const result = loaded(ours, { kind: 'similar', files });
    expect(result).toMatchObject({ kind: 'image', source: 'file', image: { buildId: '01' } });
  });

  it('is read from memory if another is at its path', () => {
    const result = loaded(ours, { kind: 'similar', files: [image(others, 'b')] });
    expect(result).toMatchObject({ kind: 'image', source: 'memory', image: { buildId: '01' } });
    if (result.kind !== 'image') return;
    expect(result.image.findDynamic('work')).toMatchObject([{ address: 0x100 }]);
    expect(result.image.soname).toBe('libtest.so');
    expect(result.image.sections).toEqual([]);
  });

  it('is refused if neither the file nor all of the memory can be had', () => {
    const cut = ours.subarray(0, ours.length - 1);
    expect(loaded(cut, { kind: 'similar', files: [image(others, 'b')] })).toEqual({
      kind: 'refused',
      reason: 'another file is at its path by now, and root alone can open the one that is loaded',
    });
    expect(loaded(cut, { kind: 'similar', files: [] })).toEqual({
      kind: 'refused',
      reason: 'the file cannot be read',
    });
  });

  it('is not a file without build id of which nothing that is loaded tells', () => {
    const plain = buildImage({ symbols });
    const result = loaded(plain, { kind: 'similar', files: [image(plain, 'c')] });
    // Its only segment can be written to.
    expect(result).toMatchObject({ kind: 'image', source: 'memory' });
  });
});
