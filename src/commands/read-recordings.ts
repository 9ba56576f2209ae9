/** `--read`: the same outputs from a recording. */
import { statSync } from 'node:fs';
import type { FileReaders } from '../output/open-file.js';
import type { OutputDestination } from '../output/make-sinks.js';
import { escapeName } from '../output/text/escape.js';
import { withChecks } from './call-checks.js';
import { openSinks } from './open-sinks.js';
import { recordedEvents } from './recorded-events.js';
import type { ReadRequest } from '../cli/run-request.js';

export interface ReadEquipment {
  /** One line on standard error. */
  readonly report: (line: string) => void;
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
  const { report } = equipment;
  const missing: string[] = [];
  const { notices } = request.output;
  const sink = withChecks(output, request.checks, { report, notices, missing });
  const listener = {
    waiting: report,
    incomplete: (remark: string): void => void missing.push(escapeName(remark)),
  };
  for await (const batch of recordedEvents(request.path, request, listener)) {
    for (const event of batch) sink.accept(event);
  }
  sink.finish();
  return sink.verdict;
}

/** What only its owner may read is not shown to others by reading it. */
function readersOf({ path, output }: ReadRequest): FileReaders {
  const found = path === '-' ? undefined : statSync(path, { throwIfNoEntry: false });
  const isOwners = found?.isFile() === true && (found.mode & 0o077) === 0;
  return isOwners ? 'owner' : output.readers;
}
