/** The events of a recording that a command line asks for. */
import type { RecordedSelection } from '../cli/run-request.js';
import { EventSelection } from '../filter/event-selection.js';
import {
  readTraceBatches,
  standardInput,
  type ReadingListener,
} from '../output/recording/reader.js';
import type { TraceEvent } from '../trace/event.js';

/**
 * @param path `-` is what is piped into us
 * @throws UserError when it cannot be read
 */
export async function* recordedEvents(
  path: string,
  { filters, syscalls, where }: RecordedSelection,
  listener: ReadingListener,
): AsyncGenerator<readonly TraceEvent[], void> {
  const selection = new EventSelection({
    filters,
    where,
    selectsSyscall: (name) => syscalls.kind === 'some' && syscalls.selects(name),
  });
  let last: TraceEvent | undefined;
  for await (const batch of readTraceBatches(path === '-' ? standardInput() : path, listener)) {
    last = batch.at(-1) ?? last;
    yield batch.flatMap((event) => selection.select(event));
  }
  if (last !== undefined) {
    const { pid, tid, at } = last;
    yield selection.finish({ pid, tid, at });
  }
}
