/** From what the command line asks for to the sinks that write it. */
import { fanOut } from '../output/fan-out.js';
import { makeSinks, type OutputDestination } from '../output/make-sinks.js';
import type { TraceSink } from '../trace/sink.js';
import type { OutputRequest } from '../cli/run-request.js';

/** @throws UserError when a file cannot be opened */
export function openSinks(request: OutputRequest, destination: OutputDestination): TraceSink {
  return fanOut(makeSinks({ ...request, destination }));
}
