import { toAddress } from '../../../../src/base/address.js';
import { toCallId } from '../../../../src/base/ids.js';
import { OutputStream } from '../../../../src/output/output-stream.js';
import {
  foldedStacks,
  speedscopeStacks,
  StackSink,
  type StackWriter,
} from '../../../../src/output/stacks/stack-sink.js';
import type { CallEvent, Frame, TraceEvent } from '../../../../src/trace/event.js';
import { HOSTILE } from '../audit/sample-report.js';
import { at, integer, session, site } from '../sample-events.js';

function written(write: StackWriter, events: readonly TraceEvent[]): string {
  let text = '';
  const target = {
    write: (bytes: Uint8Array) => (text += Buffer.from(bytes).toString()),
    flush: () => undefined,
    close: () => undefined,
  };
  const sink = new StackSink(new OutputStream(target, 'buffered'), 'demangled', write);
  for (const event of events) sink.accept(event);
  sink.finish();
  return text;
}

const entered = (
  id: number,
  symbol: string,
  from: number,
  more: Partial<CallEvent> = {},
): CallEvent => ({
  kind: 'call',
  ...at(100, from),
  call: toCallId(id),
  depth: 0,
  origin: 'call',
  route: 'plt',
  caller: site(),
  library: 'libc.so.6',
  symbol,
  inMainProgram: false,
  args: [],
  ...more,
});

const left = (call: CallEvent, to: number): TraceEvent => ({
  kind: 'return',
  ...at(100, to),
  call,
  result: integer(0),
  rawResult: 0,
  outArgs: [],
});

const frame = (name: string, more: Partial<Extract<Frame, { address: unknown }>> = {}): Frame => ({
  address: toAddress(0x401000),
  module: 'tst',
  offset: 0x1000,
  symbol: { name, offset: 4 },
  ...more,
});

const outer = entered(1, 'qsort', 1000);
const inner = entered(2, 'strcmp', 2000, { parent: toCallId(1), depth: 1 });
const NESTED = [session, outer, inner, left(inner, 2300), left(outer, 5000)];

describe('folded stacks', () => {
  it('nest traced calls, and count time once', () => {
    expect(written(foldedStacks, NESTED)).toBe('tst;qsort 3700\ntst;qsort;strcmp 300\n');
  });

  it('take the frames of -w, with what is inlined and with scripts', () => {
    const backtrace: readonly Frame[] = [
      frame('copy', { inlined: [{ name: 'fast' }] }),
      { language: 'python', function: 'Session.get', file: 'a.py', line: 3 },
      frame('', { symbol: { name: 'ma;in', offset: 1 } }),
    ];
    const call = entered(1, 'memcpy', 1000, { backtrace });
    expect(written(foldedStacks, [session, call, left(call, 1500)])).toBe(
      'ma:in;Session.get (python);copy;fast;memcpy 500\n',
    );
  });

  it('hold no line that a name made', () => {
    const call = entered(1, HOSTILE, 1000, { caller: { ...site(), module: HOSTILE } });
    expect(written(foldedStacks, [session, call, left(call, 1500)])).toMatch(
      /^[^\n;]+;[^\n;]+ 500\n$/,
    );
  });

  it('leave out what never returned, and an empty trace is empty', () => {
    expect(written(foldedStacks, [session, entered(1, 'read', 1000)])).toBe('');
    expect(written(foldedStacks, [])).toBe('');
  });
});

describe('a file for speedscope', () => {
  it('has each frame once, and a sample for each stack', () => {
    expect(JSON.parse(written(speedscopeStacks, NESTED))).toMatchObject({
      $schema: 'https://www.speedscope.app/file-format-schema.json',
      exporter: 'tsltrace 0.1.0',
      name: './tst a b',
      shared: { frames: [{ name: 'tst' }, { name: 'qsort' }, { name: 'strcmp' }] },
      profiles: [
        {
          type: 'sampled',
          unit: 'nanoseconds',
          endValue: 4000,
          weights: [3700, 300],
          samples: [
            [0, 1],
            [0, 1, 2],
          ],
        },
      ],
    });
  });

  it('is inert', () => {
    const call = entered(1, HOSTILE, 1000);
    const events = [{ ...session, command: [HOSTILE] }, call, left(call, 1500)];
    expect(written(speedscopeStacks, events)).toMatch(/^[ -~]+\n$/);
  });
});
