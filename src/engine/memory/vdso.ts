/** Code of the kernel's own, which it maps into every program: vdso(7). */
import type { Mapping } from '../../kernel/mapping.js';

export function isInVdso(mappings: readonly Mapping[], address: number): boolean {
  return mappings.some(
    ({ path, start, end }) => path === '[vdso]' && address >= start && address < end,
  );
}
