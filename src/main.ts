#!/usr/bin/env node
/** The command: from the command line to a request, from the request to an exit status. */
import './standard-streams.js'; // first, see there
import { writeSync } from 'node:fs';
import { silentLog, type DebugChannel, type DebugLog } from './base/debug-log.js';
import { lackOfDescriptors, tooFewDescriptors, UserError } from './base/errors.js';
import { SIGPIPE } from './base/signal-numbers.js';
import { configure } from './cli/configure.js';
import { errorText } from './cli/error-text.js';
import { CALLED, OWN_FAILURE, statusOfError } from './cli/exit-status.js';
import { onOneLine } from './filter/pattern-error.js';
import { explainLaunchFailure } from './launch/launch-failure.js';
import { runCompare } from './commands/compare-recordings.js';
import { runList } from './commands/list.js';
import { openShellPipe } from './kernel/linux/ourselves/shell-pipe.js';
import type { OutputDestination } from './output/make-sinks.js';
import { runRead } from './commands/read-recordings.js';
import type { OutputRequest, ReadRequest, RunRequest, TraceRequest } from './cli/run-request.js';
import { textWriter } from './commands/open-sinks.js';
import { runTrace } from './commands/trace.js';
import { readSurroundings } from './cli/surroundings.js';
import type { LaunchedEnd } from './engine/processes/launched.js';
import { LaunchError } from './kernel/launch-error.js';
import { dieBySignal } from './kernel/linux/ourselves/die-by-signal.js';
import { endWith } from './kernel/linux/ourselves/ending.js';
import { inheritedArguments, inheritedEnvironment } from './kernel/linux/launching/inherited.js';
import { LinuxKernel } from './kernel/linux/linux-kernel.js';
import { terminalColumns } from './kernel/linux/ourselves/terminal.js';
import { DescriptorTarget } from './output/output-stream.js';
import { OutputClosed } from './trace/sink.js';
import { readVersion } from './version.js';

const STDOUT = 1;
const STDERR = 2;

/** An exit status, or the signal that ended the tracee and is to end us. */
type Ending = { readonly status: number } | { readonly signal: number };

async function main(): Promise<Ending> {
  const version = readVersion();
  const request = configure(
    process.argv.slice(2),
    readSurroundings({ windowColumns: terminalColumns, version, report }),
  );
  return run(request, version);
}

async function run(request: RunRequest, version: string): Promise<Ending> {
  switch (request.kind) {
    case 'print':
      print(request.text);
      return { status: 0 };
    case 'trace':
      return trace(request, version);
    case 'list':
      return withKernel('never-spin', (kernel) => {
        const log = logOf(request.debug);
        const output = openDestination(request.output);
        const write = textWriter(request.output, output.destination, report);
        write(runList(request, { kernel, log, version, environment: process.env, report }));
        output.close();
        return { status: 0 };
      });
    case 'read':
      return read(request);
    case 'compare': {
      const { text, status } = await runCompare(request, report);
      print(text);
      return { status };
    }
  }
}

function trace(request: TraceRequest, version: string): Ending {
  let output: OpenDestination | undefined;
  let isAskedToLeave = (): boolean => false;
  const { launched, outputLost, verdict } = withKernel(request.waiting, (kernel) => {
    isAskedToLeave = () => kernel.isAskedToLeave();
    output = openDestination(request.output);
    return runTrace(withRawArguments(request), {
      kernel,
      log: logOf(request.debug),
      version,
      environment: process.env,
      report,
      destination: output.destination,
      write: (...bytes) => kernel.writeOutput(...bytes),
    });
  });
  // Signals do again what they do by default: a command that goes on for ever holds nobody.
  if (!isAskedToLeave()) output?.close();
  if (outputLost !== undefined) report(outputLost.message);
  // What was seen until then answers nothing.
  const isOpen = outputLost !== undefined && request.checks.length > 0;
  if (isOpen && verdict !== CALLED) return { status: OWN_FAILURE };
  if (verdict === undefined) return endingOf(launched);
  // That nothing was found reached nobody. A reader that has seen enough is another matter.
  const isUntold = outputLost !== undefined && outputLost.reason !== 'EPIPE';
  return {
    status: isUntold && verdict === 0 && request.checks.length === 0 ? OWN_FAILURE : verdict,
  };
}

async function read(request: ReadRequest): Promise<Ending> {
  const output = openDestination(request.output);
  try {
    const verdict = await runRead(request, { destination: output.destination, report });
    return { status: verdict ?? 0 };
  } finally {
    output.close();
  }
}

interface OpenDestination {
  readonly destination: OutputDestination;
  /** Ends the input of the command of `-o '|COMMAND'`, if there is one, and waits for it. */
  close(): void;
}

function openDestination({ destination }: OutputRequest): OpenDestination {
  if (destination.kind !== 'command') return { destination, close: () => undefined };
  const { command } = destination;
  const pipe = openShellPipe(command);
  return {
    destination: {
      kind: 'descriptor',
      descriptor: pipe.descriptor,
      name: `'${command}'`,
      mode: 'buffered',
      ownership: 'borrowed',
    },
    close: () => pipe.close(),
  };
}

function withKernel<T>(waiting: TraceRequest['waiting'], work: (kernel: LinuxKernel) => T): T {
  const kernel = LinuxKernel.open({
    signals: 'leaving',
    descriptors: 'inherited',
    spin: waiting === 'may-spin' ? 'auto' : 'off',
  });
  try {
    return work(kernel);
  } finally {
    kernel.close();
  }
}

/** The command's words and environment byte by byte: what Node gives us has lost all that is not UTF-8. */
function withRawArguments(request: TraceRequest): TraceRequest {
  const argv = inheritedArguments().slice(-request.engine.command.length);
  if (request.engine.command.length === 0 || argv.length !== request.engine.command.length)
    return request;
  const environment = inheritedEnvironment();
  const targets = request.engine.targets.map((target) =>
    target.kind === 'launch' ? { ...target, spec: { ...target.spec, argv, environment } } : target,
  );
  return { ...request, engine: { ...request.engine, targets } };
}

function endingOf(launched: LaunchedEnd): Ending {
  switch (launched.kind) {
    case 'none':
      return { status: 0 };
    case 'exited':
      return { status: launched.code };
    case 'killed':
      return { signal: launched.signal };
  }
}

function logOf(channels: readonly DebugChannel[]): DebugLog {
  if (channels.length === 0) return silentLog;
  return {
    enabled: true,
    write: (channel, text) => {
      if (channels.includes(channel)) say(`DEBUG ${channel}: ${text}\n`);
    },
  };
}

/** @throws OutputClosed */
function print(text: string): void {
  new DescriptorTarget(STDOUT, 'standard output', 'borrowed').write(Buffer.from(text));
}

function report(line: string): void {
  say(`tsltrace: ${onOneLine(line)}\n`);
}

/** Nobody may be listening any more; that must not change how we end. */
function say(text: string): void {
  try {
    writeSync(STDERR, text);
  } catch {
    // A closed pipe, a full disk: there is no other place to say it.
  }
}

function knownFailure(error: unknown): unknown {
  if (error instanceof LaunchError) return explainLaunchFailure(error);
  const lack = lackOfDescriptors(error);
  return lack === undefined ? error : tooFewDescriptors(lack);
}

/** One line for what the user can mend; for our own mistakes everything that helps to find them. */
function explain(error: unknown): Ending {
  const known = knownFailure(error);
  if (known instanceof OutputClosed) {
    // As any filter ends whose reader has seen enough.
    if (known.reason === 'EPIPE') return { signal: SIGPIPE };
    report(known.message);
    return { status: OWN_FAILURE };
  }
  if (known instanceof UserError) {
    say(errorText(known));
    return { status: statusOfError(known.status) };
  }
  const stack = known instanceof Error ? (known.stack ?? known.message) : String(known);
  say(`tsltrace: internal error, please report it: ${stack}\n`);
  return { status: OWN_FAILURE };
}

void main()
  .catch(explain)
  .then((ending) => {
    if ('signal' in ending) dieBySignal(ending.signal);
    // Everything is written. To fall off the end would take apart the heap first: up to ten milliseconds.
    else endWith(ending.status);
  });
