/** What is said of a finding wherever it is shown: who decided, on which stack, why it is allowed. */
import type { Finding } from '../../audit/findings/finding.js';
import type { Origin } from '../../audit/ledger/setting.js';
import type { Frame } from '../../trace/event.js';
import { escapeName } from '../text/escape.js';

/** Who made the call that decided, as exactly as is known. Escaped. */
export function originText(origin: Origin | undefined): string {
  if (origin === undefined) return 'nobody: the default was kept';
  const { module, what, symbol, offset, frames } = origin;
  const source = frames?.find((frame) => frame.source !== undefined)?.source;
  const place =
    source !== undefined
      ? `${source.file}:${source.line}`
      : symbol !== undefined
        ? `in ${symbol.name}+0x${symbol.offset.toString(16)}`
        : `at 0x${offset.toString(16)}`;
  return escapeName(`${module === '' ? '[anon]' : module}->${what} ${place}`);
}

/** One frame a piece, innermost first. Escaped. */
export function stackWords(origin: Origin | undefined): readonly string[] {
  return (origin?.frames ?? []).map(frameText).map(escapeName);
}

function frameText({ module, symbol, source }: Frame): string {
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
