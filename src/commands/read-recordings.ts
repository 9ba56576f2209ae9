/** `--read` and `--compare`: the same outputs from recordings. */
import { statSync } from 'node:fs';
import { EventSelection } from '../filter/event-selection.js';
import type { FileReaders } from '../output/open-file.js';
import type { OutputDestination } from '../output/make-sinks.js';
import { compareProfiles } from '../output/compare/compare-profiles.js';
import { renderComparisonJson, renderComparisonText } from '../output/compare/render-comparison.js';
import { profileOf } from '../output/compare/trace-profile.js';
import { readTraceBatches, standardInput } from '../output/recording/reader.js';
import { openSinks } from './open-sinks.js';
import type { CompareRequest, ReadRequest } from '../cli/run-request.js';

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
  const { filters, syscalls, where } = request;
  const readers = readersOf(request);
  const sink = openSinks({ ...request.output, readers }, equipment);
  const selection = new EventSelection({
    filters,
    where,
    selectsSyscall: (name) => syscalls.kind === 'some' && syscalls.selects(name),
  });
  for await (const batch of recordingOf(request.path, equipment)) {
    for (const event of batch) for (const wanted of selection.select(event)) sink.accept(wanted);
  }
  sink.finish();
  return sink.verdict;
}

/** Text for the output, and whether the recordings differ. */
export async function runCompare(
  request: CompareRequest,
  reporter: Reporter,
): Promise<{ readonly text: string; readonly differ: boolean }> {
  const before = await profileOf(recordingOf(request.before, reporter));
  const after = await profileOf(recordingOf(request.after, reporter));
  const comparison = compareProfiles(before, after);
  const render = request.format === 'json' ? renderComparisonJson : renderComparisonText;
  return { text: render(comparison), differ: comparison.differs };
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
