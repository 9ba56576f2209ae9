/** Writes where time went by stack, at the end, in the formats of programs that draw flame graphs. */
import { asciiJson } from '../../base/ascii-json.js';
import type { TraceEvent } from '../../trace/event.js';
import type { TraceSink } from '../../trace/sink.js';
import type { OutputStream } from '../output-stream.js';
import { escapeName } from '../text/escape.js';
import type { NameStyle } from '../text/look.js';
import { StackBook, type StackTotal } from './stack-book.js';

/** Of the session, for formats that have a name. */
interface Session {
  readonly version: string;
  readonly command: string;
}

export type StackWriter = (stacks: readonly StackTotal[], session: Session) => string;

export class StackSink implements TraceSink {
  private readonly book: StackBook;
  private session: Session = { version: '', command: '' };

  constructor(
    private readonly stream: OutputStream,
    names: NameStyle,
    private readonly write: StackWriter,
  ) {
    this.book = new StackBook(names);
  }

  readonly mayLag = true;

  accept(event: TraceEvent): void {
    if (event.kind === 'session-started') {
      const command = event.command.map(escapeName).join(' ');
      this.session = { version: escapeName(event.version), command };
    }
    this.book.accept(event);
  }

  flush(): void {
    // All of it is written at the end.
  }

  finish(): void {
    this.stream.write(this.write(this.book.all, this.session));
    this.stream.finish();
  }
}

/** `main;work;read 1200`, as flamegraph.pl and its kin take it; the number is nanoseconds. */
export const foldedStacks: StackWriter = (stacks) =>
  stacks
    .filter(({ self }) => self >= 1)
    .map(({ frames, self }) => `${frames.map(foldedFrame).join(';')} ${Math.round(self)}\n`)
    .join('');

/** A semicolon would begin another frame. */
function foldedFrame(frame: string): string {
  return frame.replaceAll(';', ':');
}

/** The file format of speedscope, https://www.speedscope.app/file-format-schema.json: one sample for each stack. */
export const speedscopeStacks: StackWriter = (stacks, { version, command }) => {
  const places = new Map<string, number>();
  const placeOf = (frame: string): number => {
    const known = places.get(frame);
    if (known !== undefined) return known;
    places.set(frame, places.size);
    return places.size - 1;
  };
  const samples = stacks.map(({ frames }) => frames.map(placeOf));
  const weights = stacks.map(({ self }) => Math.round(self));
  const name = command === '' ? 'trace' : command;
  const file = {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    exporter: `tsltrace ${version}`.trim(),
    name,
    activeProfileIndex: 0,
    shared: { frames: [...places.keys()].map((frame) => ({ name: frame })) },
    profiles: [
      {
        type: 'sampled',
        name,
        unit: 'nanoseconds',
        startValue: 0,
        endValue: weights.reduce((sum, weight) => sum + weight, 0),
        samples,
        weights,
      },
    ],
  };
  return `${asciiJson(file, 0)}\n`;
};
