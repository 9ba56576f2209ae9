/** From what the command line asks for to the sinks that write it. */
import { makeSinks, type OutputDestination, type OutputFormat } from '../output/make-sinks.js';
import type { TraceSink } from '../trace/sink.js';
import { fanOut } from '../output/fan-out.js';
import type { FormatRequest, OutputRequest } from './run-request.js';

/** @throws UserError when a file cannot be opened */
export function openSinks(request: OutputRequest, destination: OutputDestination): TraceSink {
  return fanOut(
    makeSinks({ format: formatOf(request.format), destination, notices: request.notices }),
  );
}

function formatOf(request: FormatRequest): OutputFormat {
  switch (request.kind) {
    case 'text':
    case 'json':
      return request;
    case 'chrome':
      return { kind: 'chrome', names: 'mangled' };
    case 'summary': {
      const { sort, groupBy, format, intervalMs, cpuTime, names, width } = request.summary;
      return {
        kind: 'summary',
        summary: {
          sort: sort === 'time' ? 'total' : sort,
          groupBy,
          form: format === 'table' ? 'text' : format,
          interval: intervalMs / 1000,
          clock: cpuTime ? 'cpu' : 'wall',
          names,
          width,
        },
      };
    }
  }
}
