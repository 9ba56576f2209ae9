/** What `-w` needs: frames of the stopped thread. Implemented over the unwinder; see dwarf/. */
import type { Frame } from '../../trace/event.js';
import type { StoppedThread } from './stopped-thread.js';

export interface Backtracer {
  trace(at: StoppedThread): readonly Frame[];
}
