/** `--read` and `--compare`: the same outputs from recordings. */
import { EventSelection } from '../filter/event-selection.js';
import type { OutputDestination } from '../output/make-sinks.js';
import { compareProfiles } from '../output/compare/compare-profiles.js';
import { renderComparisonJson, renderComparisonText } from '../output/compare/render-comparison.js';
import { profileOf } from '../output/compare/trace-profile.js';
import { readTraceBatches } from '../output/recording/reader.js';
import { openSinks } from './open-sinks.js';
import type { CompareRequest, ReadRequest } from '../cli/run-request.js';

/**
 * Feeds an output from a recording.
 *
 * @returns the exit status that the output asks for, if it does
 * @throws UserError when the recording cannot be read; OutputClosed when the output takes no more
 */
export async function runRead(
  request: ReadRequest,
  destination: OutputDestination,
): Promise<number | undefined> {
  const { filters, syscalls, where } = request;
  const sink = openSinks(request.output, destination);
  const selection = new EventSelection({
    filters,
    where,
    selectsSyscall: (name) => syscalls.kind === 'some' && syscalls.selects(name),
  });
  for await (const batch of readTraceBatches(request.path)) {
    for (const event of batch) for (const wanted of selection.select(event)) sink.accept(wanted);
  }
  sink.finish();
  return sink.verdict;
}

/** Text for the output, and whether the recordings differ. */
export async function runCompare(
  request: CompareRequest,
): Promise<{ readonly text: string; readonly differ: boolean }> {
  const before = await profileOf(readTraceBatches(request.before));
  const after = await profileOf(readTraceBatches(request.after));
  const comparison = compareProfiles(before, after);
  const render = request.format === 'json' ? renderComparisonJson : renderComparisonText;
  return { text: render(comparison), differ: comparison.differs };
}
