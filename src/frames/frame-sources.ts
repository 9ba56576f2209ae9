/** Every language whose frames can be read. */
import type { FrameSource } from './frame-source.js';
import { PERL } from './perl/perl.js';
import { PYTHON } from './python/python.js';

export const FRAME_SOURCES: readonly FrameSource[] = [PYTHON, PERL];
