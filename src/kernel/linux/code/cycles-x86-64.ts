/** Machine code that reads the time-stamp counter: RDTSC, Intel SDM volume 2. */
import { code, type Row } from '../../../base/machine-code.js';

export const CYCLES_X86_64: readonly Row[] = [
  code('0f 31', 'rdtsc'),
  code('48 c1 e2 20', 'shl rdx, 32'),
  code('48 09 d0', 'or rax, rdx'),
  code('c3', 'ret'),
];
