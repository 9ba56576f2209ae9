/** Which CPython a file contains. */
import { toAddress } from '../../base/address.js';
import { uint32In } from '../read-ahead.js';
import type { SourceMemory, SourceModule } from '../frame-source.js';
import { DEBUG_OFFSETS_BYTES, layoutOf } from './debug-offsets.js';
import { LAYOUTS, type PythonLayout } from './layout.js';

/** Functions that came with a version before Py_Version did (3.11), newest first: What's New in Python. */
const CAME_WITH: readonly (readonly [symbol: string, version: string])[] = [
  ['PyIter_Send', '3.10'],
  ['PyType_GetModule', '3.9'],
  ['PyVectorcall_Call', '3.8'],
];
/** The fourth byte of PY_VERSION_HEX: 0xf0 for a release, less before it (Include/patchlevel.h). */
const FINAL = 0xf0;

/** @returns why it cannot be read, in words */
export function layoutFor(
  module: SourceModule,
  runtime: number,
  memory: SourceMemory,
): PythonLayout | string {
  if (module.wordBytes !== 8) return 'it is a 32-bit program';
  const hex = versionOf(module, memory);
  if (hex === undefined) {
    const [, version] = CAME_WITH.find(([symbol]) => module.addressOf(symbol) !== undefined) ?? [];
    return LAYOUTS[version ?? ''] ?? 'it is older than 3.8';
  }
  const version = `${hex >>> 24}.${(hex >>> 16) & 0xff}`;
  const known = LAYOUTS[version];
  if ((hex & 0xff) < FINAL) return `it is ${version} before its release`;
  if (known !== undefined) return known;
  const bytes = new Uint8Array(DEBUG_OFFSETS_BYTES);
  if (memory.read(toAddress(runtime), bytes) !== bytes.length) return 'its memory cannot be read';
  return layoutOf(bytes, version, hex);
}

/** PY_VERSION_HEX, since 3.11. */
function versionOf(module: SourceModule, memory: SourceMemory): number | undefined {
  const at = module.addressOf('Py_Version');
  const bytes = new Uint8Array(4);
  if (at === undefined || memory.read(at, bytes) !== bytes.length) return undefined;
  return uint32In(bytes, 0);
}
