/**
 * Traces a program once and writes the trace in several ways at the same time, to compare them with what the
 * recording of the same run gives. Usage: record-driver.js JOB, which is a {@link RecordJob} in JSON.
 */
import { configure } from '../../src/cli/configure.js';
import type { TraceRequest } from '../../src/cli/run-request.js';
import { readSurroundings } from '../../src/cli/surroundings.js';
import { silentLog } from '../../src/base/debug-log.js';
import { openSinks } from '../../src/commands/open-sinks.js';
import { engineOptionsOf } from '../../src/commands/trace.js';
import { LinuxKernel } from '../../src/kernel/linux/linux-kernel.js';
import { fanOut } from '../../src/output/fan-out.js';
import type { TraceSink } from '../../src/trace/sink.js';
import { runSession } from '../../src/session.js';

export interface RecordJob {
  /** What is traced: options of tsltrace. */
  readonly options: readonly string[];
  readonly command: readonly string[];
  /** Ways to write it: options of tsltrace, `-o FILE` among them. */
  readonly outputs: readonly (readonly string[])[];
}

function main({ options, command, outputs }: RecordJob): void {
  const around = readSurroundings({
    windowColumns: () => 0,
    version: 'test',
    report: console.error,
  });
  const requestOf = (output: readonly string[]): TraceRequest => {
    const request = configure([...options, ...output, ...command], around);
    if (request.kind !== 'trace') throw new Error(`${command.join(' ')} is not traced`);
    return request;
  };
  const sinks = outputs.map((words): TraceSink => {
    const { output } = requestOf(words);
    if (output.destination.kind === 'command') throw new Error('an output is a file here');
    const { destination } = output;
    return openSinks({ ...output, notices: 'hide' }, { destination, report: console.error });
  });
  const kernel = LinuxKernel.open({ signals: 'leaving', descriptors: 'inherited', spin: 'auto' });
  const equipment = {
    environment: process.env,
    version: around.version,
    report: (line: string) => console.error(line),
    log: silentLog,
  };
  const end = runSession({
    kernel,
    log: equipment.log,
    options: engineOptionsOf(requestOf([]), equipment),
    where: requestOf([]).where,
    sink: fanOut(sinks),
  });
  kernel.close();
  if (end.outputLost !== undefined) throw end.outputLost;
  process.exitCode = end.launched.kind === 'exited' ? end.launched.code : 0;
}

main(JSON.parse(process.argv[2] ?? '') as RecordJob);
