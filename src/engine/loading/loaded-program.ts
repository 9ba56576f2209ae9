/** The program that a process executes, and the interpreter that the kernel loaded with it. */
import { toAddress, toLoadBias, type Address, type LoadBias } from '../../base/address.js';
import type { ElfImage } from '../../elf/elf-image.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { TraceeFiles } from '../../kernel/tracee-files.js';
import type { Process } from '../tracees/tracee.js';
import { readAuxiliaryVector } from '../modules/auxiliary-vector.js';
import type { ImageCache } from '../modules/image-cache.js';
import { Module } from '../modules/module.js';

const PAGE = 4096;
/** PATH_MAX of <linux/limits.h>. */
const LONGEST_PATH = 4096;

/** Its modules, and where it begins. */
export interface LoadedProgram {
  readonly main: Module;
  readonly interpreter: Module | undefined;
  readonly entry: Address;
}

export type LoadedProgramResult =
  | { readonly kind: 'program'; readonly program: LoadedProgram }
  | { readonly kind: 'refused'; readonly reason: string };

/** From its files and its auxiliary vector; it may run meanwhile. */
export function readLoadedProgram(
  kernel: Kernel,
  images: ImageCache,
  process: Process,
  files: TraceeFiles,
): LoadedProgramResult {
  const result = images.program(files, process.program);
  if (result.kind === 'refused') return result;
  const { arch } = process.space;
  if (result.image.elfClass !== arch.elfClass || result.image.machine !== arch.elfMachine) {
    return { kind: 'refused', reason: 'it is made for another CPU' };
  }
  const vector = readAuxiliaryVector(
    kernel.auxiliaryVector(process.pid),
    process.space.arch.wordBytes,
  );
  const bias = toLoadBias(vector.entry - result.image.entry);
  const path = pathAsTyped(process, files, vector.executedPath);
  const main = new Module(result.image, path, bias, 'program');
  main.mappedFile = files.mappingAt(vector.entry)?.file ?? '';
  return {
    kind: 'program',
    program: {
      main,
      interpreter: readInterpreter(images, process, files, vector.interpreterBase),
      entry: toAddress(vector.entry),
    },
  };
}

/** `sh` and not `dash`: by the path that was executed, unless that was a script. */
function pathAsTyped(process: Process, files: TraceeFiles, executedPath: number): string {
  const typed =
    executedPath === 0 ? '' : process.space.memory.readText(toAddress(executedPath), LONGEST_PATH);
  if (!typed.startsWith('/')) return process.program;
  const isProgram = files.open(typed)?.identity === files.program()?.identity;
  return isProgram ? typed : process.program;
}

function readInterpreter(
  images: ImageCache,
  { space: { memory } }: Process,
  files: TraceeFiles,
  base: number,
): Module | undefined {
  if (base === 0) return undefined;
  const mapping = files.mappingAt(base);
  if (mapping === undefined) return undefined;
  const biasOf = ({ loadSegments }: ElfImage): LoadBias => {
    const first = loadSegments[0]?.address ?? 0;
    return toLoadBias(base - (first - (first % PAGE)));
  };
  const result = images.loaded(files, { mapping, knownAs: '', memory, biasOf });
  if (result.kind === 'refused') return undefined;
  const interpreter = new Module(result.image, mapping.path, biasOf(result.image), 'interpreter');
  interpreter.mappedFile = mapping.file;
  return interpreter;
}
