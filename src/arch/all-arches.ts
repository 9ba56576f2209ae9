/** The CPUs that can be traced: the only place that lists them. */
import type { Arch } from './arch.js';
import { i386 } from './i386/i386.js';
import { x86_64 } from './x86_64/x86_64.js';

/** First the one that we run on ourselves. */
export const ALL_ARCHES: readonly [Arch, ...Arch[]] = [x86_64, i386];
