/** The worst of names, paths and strings, in every form of output that shows calls: data, and nothing else. */
import { OutputStream } from '../../../src/output/output-stream.js';
import {
  chromeFormat,
  foldedFormat,
  htmlFormat,
  JSON_FORMAT,
  speedscopeFormat,
  summaryFormat,
  textFormat,
} from '../../../src/output/formats.js';
import type { OutputFormat } from '../../../src/output/output-format.js';
import { toAddress } from '../../../src/base/address.js';
import { toCallId } from '../../../src/base/ids.js';
import type { CallEvent, TraceEvent } from '../../../src/trace/event.js';
import { HOSTILE } from './audit/sample-report.js';
import { args, at, integer, session, site, text } from './sample-events.js';
import { DEFAULT_TEXT_OPTIONS } from '../../../src/output/text/text-options.js';

/** What drives a terminal, ends a line or a text early, or turns the direction of what is read. */
const UNSAFE =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]/u;

/** Each alone as well: what is cut off behind one must not hide the next. */
const WORDS = [HOSTILE, ...HOSTILE.split(' ').filter((word) => word !== '')];

function* events(): Iterable<TraceEvent> {
  yield { ...session, command: WORDS };
  yield { kind: 'process-started', ...at(100, 0), program: HOSTILE, how: 'launch' };
  for (const [index, word] of WORDS.entries()) {
    const call: CallEvent = {
      kind: 'call',
      ...at(100, index * 1000),
      call: toCallId(index + 1),
      depth: 0,
      origin: 'call',
      route: 'plt',
      caller: { ...site(), module: word, source: { file: word, line: 3, column: 1 } },
      library: word,
      symbol: word,
      inMainProgram: false,
      args: args(text(word), text(Buffer.from(word, 'utf8'))),
      script: [{ language: 'python', function: word, file: word, line: 4 }],
      backtrace: [
        { language: 'perl', function: word, file: word, line: 5 },
        {
          address: toAddress(0x401000),
          module: word,
          offset: 1,
          symbol: { name: word, offset: 2 },
        },
      ],
    };
    yield call;
    const left = at(100, index * 1000 + 400);
    const result = index % 2 === 0 ? text(word) : integer(-1);
    yield { kind: 'return', ...left, call, result, rawResult: 1, outArgs: [] };
  }
  yield { kind: 'notice', ...at(100, 90_000), severity: 'warning', text: 'a remark of ours' };
  yield { kind: 'exec', ...at(100, 91_000), program: HOSTILE };
}

function written(format: OutputFormat): string {
  const parts: Buffer[] = [];
  const target = {
    write: (bytes: Uint8Array) => void parts.push(Buffer.from(bytes)),
    flush: () => undefined,
    close: () => undefined,
  };
  const sink = format.open(new OutputStream(target, 'buffered'), 'show');
  for (const event of events()) sink.accept(event);
  sink.finish();
  // Fails where it is no UTF-8.
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
}

const summary = {
  sort: 'total',
  clock: 'wall',
  names: 'demangled',
  interval: 0,
  width: 0,
} as const;
const forms: readonly (readonly [name: string, format: OutputFormat])[] = [
  ['text', textFormat({ ...DEFAULT_TEXT_OPTIONS, caller: 'show' })],
  ['json', JSON_FORMAT],
  ['chrome', chromeFormat('demangled')],
  ['html', htmlFormat({ names: 'demangled', calls: 'one-by-one' })],
  ['html of -c', htmlFormat({ names: 'demangled', calls: 'counted' })],
  ['folded', foldedFormat('demangled')],
  ['speedscope', speedscopeFormat('demangled')],
  ...(['text', 'csv', 'json'] as const).flatMap((form) =>
    (['function', 'caller', 'library', 'site'] as const).map(
      (groupBy) =>
        [`${form} of -c by ${groupBy}`, summaryFormat({ ...summary, form, groupBy })] as const,
    ),
  ),
];

describe.each(forms)('%s', (name, format) => {
  const output = written(format);

  it('holds nothing that a program, a terminal or a browser would obey', () => {
    expect(output.length).toBeGreaterThan(WORDS.length);
    expect(output).not.toMatch(UNSAFE);
  });

  it('has as many lines, texts and elements as it makes itself', () => {
    if (/^(?:json$|chrome|speedscope|json of)/.test(name)) {
      for (const line of name === 'json' ? output.trimEnd().split('\n') : [output])
        JSON.parse(line);
    }
    if (name.startsWith('html')) {
      expect(output.match(/<\/script/g)).toHaveLength(2);
      expect(output.match(/<img|<iframe|<!--/g)).toBeNull();
    }
    if (name === 'folded') {
      for (const line of output.trimEnd().split('\n')) expect(line).toMatch(/^[^;].* \d+$/);
    }
  });
});
