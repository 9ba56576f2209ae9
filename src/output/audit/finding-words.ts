/** What is said of a finding wherever it is shown: who decided, on which stack, why it is allowed. */
import type { Finding, Instance } from '../../audit/findings/finding.js';
import { rule } from '../../audit/findings/rules.js';
import type { Origin } from '../../audit/ledger/setting.js';
import type { Frame, SourcePosition } from '../../trace/event.js';
import { formatScript } from '../text/call-line.js';
import { escapeName } from '../text/escape.js';

/** Who made the call that decided, as exactly as is known. Escaped. */
export function originText(origin: Origin | undefined): string {
  if (origin === undefined) return 'nobody: the default was kept';
  const { module, what } = origin;
  return `${escapeName(`${module === '' ? '[anon]' : module}->${what}`)} ${placeText(origin)}`;
}

/** The line of the script that wanted it, else that of the caller, else what else is known of that. */
function placeText(origin: Origin): string {
  const { asked, symbol, offset } = origin;
  if (asked !== undefined) return `by ${formatScript(asked)}`;
  const line = sourceLineOf(origin);
  if (line !== undefined) return `${escapeName(line.file)}:${line.line}`;
  return symbol === undefined
    ? `at 0x${offset.toString(16)}`
    : `in ${escapeName(symbol.name)}+0x${symbol.offset.toString(16)}`;
}

/** The line of the caller, else of the innermost native frame that has one. */
export function sourceLineOf({ source, frames = [] }: Origin): SourcePosition | undefined {
  if (source !== undefined) return source;
  for (const frame of frames) {
    if (frame.language === undefined && frame.source !== undefined) return frame.source;
  }
  return undefined;
}

/** Native frames, among which those of a script stand, where they were recorded; else those of the script alone. */
export function framesOf(origin: Origin | undefined): readonly Frame[] {
  return origin?.frames ?? origin?.script ?? [];
}

/** One frame a piece, innermost first. Escaped. */
export function stackWords(origin: Origin | undefined): readonly string[] {
  return framesOf(origin).map(frameText).map(escapeName);
}

function frameText(frame: Frame): string {
  if (frame.language !== undefined) {
    const { function: name, file, line } = frame;
    return `${name} ${file}${line === undefined ? '' : `:${line}`}`;
  }
  const { module, symbol, source } = frame;
  if (source !== undefined) return `${symbol?.name ?? module} ${source.file}:${source.line}`;
  return symbol === undefined ? module : `${module} ${symbol.name}`;
}

/** Escaped. */
export function allowanceText({ because, until }: NonNullable<Finding['allowed']>): string {
  return escapeName(until === undefined ? because : `${because} (until ${until})`);
}

export function timesText(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

/** A finding in one line, while the run goes on. */
export function liveLine({ rule: name, sentence, origin, pid }: Instance): string {
  const { level } = rule(name);
  return `[${pid}] ${level} ${name}: ${escapeName(sentence)} Decided by ${originText(origin)}\n`;
}
