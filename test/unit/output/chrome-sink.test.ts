import { ChromeSink } from '../../../src/output/chrome-sink.js';
import { OutputStream } from '../../../src/output/output-stream.js';
import type { TraceEvent } from '../../../src/trace/event.js';
import { everyEvent } from './every-event.js';
import { args, Collected, HIDDEN, integer, pointer, Script, text } from './sample-events.js';

interface ChromeEvent {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly args: Record<string, string>;
}

function written(events: readonly TraceEvent[]): string {
  const target = new Collected();
  const sink = new ChromeSink(new OutputStream(target, 'buffered'), 'demangled');
  for (const event of events) sink.accept(event);
  sink.finish();
  return target.text;
}

const parsed = (events: readonly TraceEvent[]) => JSON.parse(written(events)) as ChromeEvent[];
const phases = (events: readonly ChromeEvent[]) => events.map(({ ph, name }) => `${ph} ${name}`);

/** As its readers do it: a missing end is added. */
function parsedPrefix(document: string): ChromeEvent[] {
  return JSON.parse(`${document}]`) as ChromeEvent[];
}

describe('ChromeSink', () => {
  it('writes calls as nested slices with arguments and results', () => {
    const script = new Script();
    const outer = script.call('outer', [text('a'), HIDDEN], { demangled: 'outer(char*)' });
    script.ret(script.call('inner'), pointer(0), { errno: 2 });
    script.ret(outer, integer(7), { outArgs: args(integer(5)) });
    expect(parsed(script.events)).toEqual([
      expect.objectContaining({
        name: 'outer(char*)',
        ph: 'B',
        ts: 1,
        args: { caller: 'tst', arg1: '"a"' },
      }),
      expect.objectContaining({ name: 'inner', ph: 'B', args: { caller: 'tst' } }),
      expect.objectContaining({ name: 'inner', ph: 'E', args: { result: 'nil', errno: 'ENOENT' } }),
      expect.objectContaining({ ph: 'E', ts: 4, args: { arg3: '5', result: '7' } }),
    ]);
  });

  it('balances the slices of every thread, whatever order calls end in', () => {
    const script = new Script();
    const a = script.call('a');
    const b = script.call('b');
    script.ret(a);
    script.ret(b);
    script.abandon(script.call('c'), 'unwound');
    script.syscall('exit_group', 231);
    script.exited(0);
    expect(phases(parsed(script.events))).toEqual([
      'B a',
      'B b',
      'E b',
      'E a',
      'B c',
      'E c',
      'B SYS_exit_group',
      'E SYS_exit_group',
      'i exited (status 0)',
    ]);
  });

  it('can be read wherever it is cut off between events', () => {
    const document = written(everyEvent());
    const whole = JSON.parse(document) as ChromeEvent[];
    let events = 0;
    for (let end = document.indexOf('},\n'); end !== -1; end = document.indexOf('},\n', end + 1)) {
      events++;
      expect(parsedPrefix(document.slice(0, end + 1))).toEqual(whole.slice(0, events));
    }
    expect(events).toBe(whole.length - 1);
  });

  it('writes a valid document when nothing happened', () => {
    expect(JSON.parse(written([]))).toEqual([]);
  });

  it('gives every event what viewers ask for', () => {
    for (const event of parsed(everyEvent())) {
      expect(typeof event.name).toBe('string');
      expect(event).toHaveProperty('cat');
      expect(event).toHaveProperty('args');
      expect(Number.isFinite(event.ts)).toBe(true);
    }
  });
});
