/** From what the command line asks for to the sinks that write it. */
import { fanOut } from '../output/fan-out.js';
import { makeSinks, openTextStream, type OutputDestination } from '../output/make-sinks.js';
import type { WriteFunction } from '../output/output-stream.js';
import { UnnamedSink } from '../output/text/unnamed-sink.js';
import type { TraceSink } from '../trace/sink.js';
import type { OutputRequest } from '../cli/run-request.js';

interface OutputEquipment {
  readonly destination: OutputDestination;
  /** write(2), if not that of Node.js. */
  readonly write?: WriteFunction;
  /** One line on standard error. */
  readonly report: (line: string) => void;
}

/** @throws UserError when a file cannot be opened */
export function openSinks(request: OutputRequest, equipment: OutputEquipment): TraceSink {
  const { destination, write, report } = equipment;
  const options = { ...request, destination, onWaiting: report };
  const sinks = makeSinks(write === undefined ? options : { ...options, write });
  const isToldOfNames = request.argumentNames === 'show' && request.notices === 'show';
  return fanOut(isToldOfNames ? [...sinks, new UnnamedSink(report)] : sinks);
}

/** Opens the output now, for a text that comes later. @throws UserError when a file cannot be opened */
export function textWriter(
  request: OutputRequest,
  destination: OutputDestination,
  report: (line: string) => void,
): (text: string) => void {
  const stream = openTextStream({ ...request, destination, onWaiting: report });
  return (text) => {
    stream.write(text);
    stream.finish();
  };
}
