/** `--origin`: which frames of a script go with each call. */
import type { ScriptFrame } from '../../trace/event.js';
import type { ScriptOriginPolicy } from '../engine-options.js';
import type { Thread } from '../tracees/tracee.js';
import type { ScriptFrames } from './script-frames.js';

/** Where the caller of a caller is asked for: scripts that go deeper are mostly their frameworks'. */
const MOST_FRAMES = 64;

export class ScriptOrigin {
  constructor(
    private readonly policy: ScriptOriginPolicy,
    private readonly frames: ScriptFrames,
  ) {}

  /** Of a thread that stands still; undefined where none are asked for, or it executes no script. */
  of(thread: Thread): readonly ScriptFrame[] | undefined {
    switch (this.policy) {
      case 'none':
        return undefined;
      case 'innermost': {
        const frame = this.frames.innermost(thread);
        return frame && [frame];
      }
      case 'stack': {
        const placed = this.frames.stack(thread, MOST_FRAMES);
        return placed.length === 0 ? undefined : placed.map(({ frame }) => frame);
      }
    }
  }
}
