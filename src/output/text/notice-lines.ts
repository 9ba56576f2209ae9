/** What the tracer itself has to say, one line each: notices, and what the coverage record admits. */
import type { CoverageEvent, ModuleCoverage, NoticeEvent } from '../../trace/event.js';
import { conditionLines } from './condition-lines.js';
import { escapeName } from './escape.js';
import { unmatchedLines } from './unmatched-text.js';

export function noticeLines(event: NoticeEvent | CoverageEvent): readonly string[] {
  if (event.kind === 'coverage') return coverageLines(event);
  const severity = event.severity === 'warning' ? 'warning: ' : '';
  return [`tsltrace: ${severity}${escapeName(event.text)}\n`];
}

function coverageLines(event: CoverageEvent): readonly string[] {
  // Of rules there is nothing to say where nothing could be looked at: the reason follows.
  const isBlind =
    event.modules.length > 0 && event.modules.every(({ unreadable }) => unreadable !== undefined);
  const unmatched = isBlind ? [] : unmatchedLines(event.unmatchedRules);
  const lines = unmatched.map(({ rules, count, reason }) => {
    const what = count === 1 ? 'rule' : 'rules';
    return `tsltrace: the filter ${what} ${rules} matched nothing: ${reason}\n`;
  });
  for (const module of event.modules) {
    const text = moduleLine(module);
    if (text !== undefined) lines.push(`tsltrace: ${escapeName(module.module)}: ${text}\n`);
  }
  const conditions = conditionLines(event.conditions ?? []);
  lines.push(...conditions.map((line) => `tsltrace: ${line}\n`));
  const isExplained = isBlind || event.unmatchedRules.length > 0 || conditions.length > 0;
  if (!isExplained && event.calls === 0) lines.push(noCallsLine(event.modules));
  else if (!isExplained && event.selected === 0)
    lines.push(`tsltrace: ${noneSelectedText(event.calls)}\n`);
  return lines;
}

/** @param calls how many there were, none of which was wanted */
export function noneSelectedText(calls: number): string {
  const looked = calls === 1 ? '1 call was' : `${calls} calls were`;
  return `no call fits what was asked for; ${looked} looked at`;
}

function moduleLine(module: ModuleCoverage): string | undefined {
  if (module.unreadable !== undefined) {
    return `nothing in it can be traced: ${escapeName(module.unreadable)}`;
  }
  const [first] = module.refused;
  if (first === undefined) return undefined;
  const reason = `${escapeName(first.symbol)}: ${escapeName(first.reason)}`;
  return module.refused.length === 1
    ? `one function cannot be traced: ${reason}`
    : `${module.refused.length} functions cannot be traced, the first of them ${reason}`;
}

/** No calls must never look like nobody looked. */
function noCallsLine(modules: readonly ModuleCoverage[]): string {
  const placed = modules.reduce((sum, module) => sum + module.placed, 0);
  const places = placed === 1 ? '1 place' : `${placed} places`;
  const where = modules.length === 1 ? '1 module' : `${modules.length} modules`;
  return `tsltrace: no call was seen; watched ${places} in ${where}\n`;
}
