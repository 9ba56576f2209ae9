/** `--read` and `--compare`: the same outputs from recordings. */
import { statSync } from 'node:fs';
import { EventSelection } from '../filter/event-selection.js';
import type { FileReaders } from '../output/open-file.js';
import type { OutputDestination } from '../output/make-sinks.js';
import { compareProfiles } from '../output/compare/compare-profiles.js';
import { renderComparisonJson, renderComparisonText } from '../output/compare/render-comparison.js';
import { profileOf } from '../output/compare/trace-profile.js';
import { readTraceBatches, standardInput } from '../output/recording/reader.js';
import { withChecks } from './call-checks.js';
import { openSinks } from './open-sinks.js';
import type { CompareRequest, ReadRequest, RecordedSelection } from '../cli/run-request.js';
import type { TraceEvent } from '../trace/event.js';

interface Reporter {
  /** One line on standard error. */
  readonly report: (line: string) => void;
}

export interface ReadEquipment extends Reporter {
  readonly destination: OutputDestination;
}

/**
 * Feeds an output from a recording.
 *
 * @returns the exit status that the output asks for, if it does
 * @throws UserError when the recording cannot be read; OutputClosed when the output takes no more
 */
export async function runRead(
  request: ReadRequest,
  equipment: ReadEquipment,
): Promise<number | undefined> {
  const readers = readersOf(request);
  const output = openSinks({ ...request.output, readers }, equipment);
  const sink = withChecks(output, request.checks, equipment.report);
  for await (const batch of selected(recordingOf(request.path, equipment), request)) {
    for (const event of batch) sink.accept(event);
  }
  sink.finish();
  return sink.verdict;
}

/** Text for the output, and whether the recordings differ. */
export async function runCompare(
  request: CompareRequest,
  reporter: Reporter,
): Promise<{ readonly text: string; readonly differ: boolean }> {
  const before = await profileOf(selected(recordingOf(request.before, reporter), request));
  const after = await profileOf(selected(recordingOf(request.after, reporter), request));
  const comparison = compareProfiles(before, after, request.counts);
  const render = request.format === 'json' ? renderComparisonJson : renderComparisonText;
  return { text: render(comparison), differ: comparison.differs };
}

/** What is wanted of a recording. */
async function* selected(
  batches: AsyncIterable<readonly TraceEvent[]>,
  { filters, syscalls, where }: RecordedSelection,
): AsyncGenerator<readonly TraceEvent[], void> {
  const selection = new EventSelection({
    filters,
    where,
    selectsSyscall: (name) => syscalls.kind === 'some' && syscalls.selects(name),
  });
  let last: TraceEvent | undefined;
  for await (const batch of batches) {
    last = batch.at(-1) ?? last;
    yield batch.flatMap((event) => selection.select(event));
  }
  if (last !== undefined) {
    const { pid, tid, at } = last;
    yield selection.finish({ pid, tid, at });
  }
}

/** `-` is what is piped into us. */
function recordingOf(path: string, reporter: Reporter): ReturnType<typeof readTraceBatches> {
  const source = path === '-' ? standardInput() : path;
  return readTraceBatches(source, reporter.report);
}

/** What only its owner may read is not shown to others by reading it. */
function readersOf({ path, output }: ReadRequest): FileReaders {
  const found = path === '-' ? undefined : statSync(path, { throwIfNoEntry: false });
  const isOwners = found?.isFile() === true && (found.mode & 0o077) === 0;
  return isOwners ? 'owner' : output.readers;
}
