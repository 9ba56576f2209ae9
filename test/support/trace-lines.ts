/** Reads back the text that tsltrace, or ltrace, printed: which calls, by whom, how often. */

export interface CallLine {
  readonly pid?: number;
  /** '' when the line has no `caller->`. */
  readonly caller: string;
  /** Name as printed, without `@library`. */
  readonly name: string;
  /** '' when the line has no `@library`. */
  readonly library: string;
  readonly text: string;
}

export interface Transcript {
  /** One for each call, in the order of the calls. */
  readonly calls: readonly CallLine[];
  /** `--- … ---` and `+++ … +++` lines, without prefixes. */
  readonly events: readonly string[];
  /** Lines of the form `<... name resumed> …`. */
  readonly resumed: readonly string[];
}

const PREFIX = /^(?:\[pid (\d+)\] |(\d+) )?/;
const CALL = /^(?:([^\s()<>]+)->)?([A-Za-z_~$.][^\s()@]*)(?:@([^\s()]+))?\(/;

export function readTranscript(text: string): Transcript {
  const calls: CallLine[] = [];
  const events: string[] = [];
  const resumed: string[] = [];
  for (const line of text.split('\n')) {
    const prefix = PREFIX.exec(line);
    const rest = line.slice(prefix?.[0].length ?? 0);
    const pid = prefix?.[1] ?? prefix?.[2];
    if (/^(---|\+\+\+) /.test(rest)) events.push(rest);
    else if (rest.startsWith('<... ')) resumed.push(rest);
    else {
      const call = CALL.exec(rest);
      if (call === null) continue;
      calls.push({
        ...(pid === undefined ? {} : { pid: Number(pid) }),
        caller: call[1] ?? '',
        name: call[2] ?? '',
        library: call[3] ?? '',
        text: rest,
      });
    }
  }
  return { calls, events, resumed };
}

/** How often each function was called. */
export function countCalls(text: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const call of readTranscript(text).calls) counts[call.name] = (counts[call.name] ?? 0) + 1;
  return counts;
}

/** What a fixture says must have been seen: lines `expect toupper 20000`. */
export function expectedCounts(stdout: string): Readonly<Record<string, number>> {
  const lines = [...stdout.matchAll(/^expect (\S+) (\d+)$/gm)];
  return Object.fromEntries(lines.map((match) => [match[1] ?? '', Number(match[2])]));
}
