/** `--compare`: what two recordings differ in, and what makes that no answer. */
import { DIFFERENT, OWN_FAILURE } from '../cli/exit-status.js';
import type { CompareRequest } from '../cli/run-request.js';
import { compareProfiles } from '../output/compare/compare-profiles.js';
import { emptyComparisonLines } from '../output/compare/empty-comparison.js';
import { renderComparisonJson, renderComparisonText } from '../output/compare/render-comparison.js';
import { TraceProfile } from '../output/compare/trace-profile.js';
import { escapeName } from '../output/text/escape.js';
import type { CoverageEvent } from '../trace/event.js';
import { recordedEvents } from './recorded-events.js';

/** Text for the output, and the exit status. */
export interface ComparisonResult {
  readonly text: string;
  readonly status: number;
}

/**
 * @param report one line on standard error, also where notices are not wanted: the answer is a status
 * @throws UserError when a recording cannot be read
 */
export async function runCompare(
  request: CompareRequest,
  report: (line: string) => void,
): Promise<ComparisonResult> {
  const before = await readProfile(request.before, request, report);
  const after = await readProfile(request.after, request, report);
  const comparison = compareProfiles(before.profile, after.profile, request.counts);
  const render = request.format === 'json' ? renderComparisonJson : renderComparisonText;
  for (const line of emptyComparisonLines(before.coverage, after.coverage)) report(line);
  const isWhole = before.isWhole && after.isWhole;
  // What was lost may be the difference.
  const status = comparison.differs ? DIFFERENT : isWhole ? 0 : OWN_FAILURE;
  return { text: render(comparison), status };
}

interface ReadProfile {
  readonly profile: TraceProfile;
  readonly isWhole: boolean;
  readonly coverage: readonly CoverageEvent[];
}

async function readProfile(
  path: string,
  request: CompareRequest,
  report: (line: string) => void,
): Promise<ReadProfile> {
  const profile = new TraceProfile(request.names);
  const coverage: CoverageEvent[] = [];
  let isWhole = true;
  const listener = {
    waiting: report,
    incomplete: (remark: string): void => {
      isWhole = false;
      report(`warning: ${escapeName(remark)}`);
    },
  };
  for await (const events of recordedEvents(path, request, listener)) {
    for (const event of events) {
      profile.accept(event);
      if (event.kind === 'coverage') coverage.push(event);
    }
  }
  return { profile, isWhole, coverage };
}
