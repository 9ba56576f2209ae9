/** Knows which call's line is still open, and how a line is left that cannot be finished now. */
import type { AbandonReason, CallEvent, SyscallEvent } from '../../trace/event.js';

/** At most one line of a stream is open: the last one written. */
export class OpenLine {
  /** The call whose result is missing on the line. */
  call: CallEvent | SyscallEvent | undefined;
  /** Characters on the open line. */
  column = 0;

  begin(call: CallEvent | SyscallEvent, column: number): void {
    this.call = call;
    this.column = column;
  }

  end(): void {
    this.call = undefined;
  }
}

/** Another line comes in between; the call goes on. */
export const UNFINISHED = ' <unfinished ...>\n';

/** The thread ends or turns into another program inside the call. */
export const NO_RETURN = ' <no return ...>\n';

/** How a call ended that was not seen to return. */
export function abandonedMark(why: AbandonReason): string {
  switch (why) {
    case 'exec':
    case 'exit':
      return 'no return';
    case 'unwound':
      return 'unwound';
    case 'detach':
      return 'detached';
    case 'unwatched':
      return 'return not watched';
  }
}
