/** Runs a fixture under tsltrace and compares what was seen with what the fixture says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram, type BuildOptions } from './build-programs.js';
import { runTsltrace, type Run, type RunOptions } from './run-tsltrace.js';
import { withTemporaryFolder } from './temporary-folder.js';
import { expectedCounts, readTranscript, type Transcript } from './trace-lines.js';

export interface TracedFixture {
  readonly run: Run;
  readonly trace: string;
  readonly transcript: Transcript;
  /** Calls seen, for each function that the fixture has an expectation about. */
  readonly seen: Readonly<Record<string, number>>;
  readonly expected: Readonly<Record<string, number>>;
}

export interface FixtureOptions extends RunOptions {
  readonly build?: BuildOptions;
  /** Words of tsltrace before the program, apart from `-o`. Default: trace what the program itself calls. */
  readonly options?: readonly string[];
  readonly args?: readonly string[];
}

/** The trace goes to a file, so that `run.stderr` holds nothing but messages. */
export function traceFixture(name: string, options: FixtureOptions = {}): Promise<TracedFixture> {
  const program = buildProgram(name, options.build);
  return traceProgram([program, ...(options.args ?? [])], options);
}

export function traceProgram(
  command: readonly string[],
  options: Omit<FixtureOptions, 'build' | 'args'> = {},
): Promise<TracedFixture> {
  return withTemporaryFolder(async (folder) => {
    const file = join(folder, 'trace');
    const run = await runTsltrace([...(options.options ?? []), '-o', file, ...command], options);
    const trace = readIfThere(file);
    const transcript = readTranscript(trace);
    const expected = expectedCounts(run.stdout);
    const seen: Record<string, number> = {};
    for (const wanted of Object.keys(expected)) {
      seen[wanted] = transcript.calls.filter((call) => call.name === wanted).length;
    }
    return { run, trace, transcript, seen, expected };
  });
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
