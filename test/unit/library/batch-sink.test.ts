/** Events travel in batches of bounded size and arrive as they were. */
import { BatchSink } from '../../../src/library/batch-sink.js';
import { EventUnpacker, type WireEvent } from '../../../src/library/wire.js';
import type { CallEvent, TraceEvent } from '../../../src/trace/event.js';
import { everyEvent } from '../output/every-event.js';
import { integer, Script, text } from '../output/sample-events.js';

function collect() {
  const batches: (readonly WireEvent[])[] = [];
  const room = { taken: 0, outcome: 'room' as 'room' | 'abandoned' };
  const flow = {
    isAbandoned: false,
    take: () => {
      room.taken++;
      return room.outcome;
    },
  };
  const sink = new BatchSink(flow, (events) => batches.push(structuredClone(events)));
  const unpack = (): TraceEvent[] => {
    const unpacker = new EventUnpacker();
    return batches.flat().map((event) => unpacker.unpack(event));
  };
  return { sink, batches, room, unpack };
}

describe('batches of events', () => {
  it('carry every kind of event and value unchanged', () => {
    const { sink, unpack } = collect();
    const events = everyEvent();
    for (const event of events) sink.accept(event);
    sink.finish();
    expect(unpack()).toEqual(events);
  });

  it('name the call that a return ends, and give back the very event', () => {
    const script = new Script();
    const call = script.call('f', [integer(1)]);
    const { sink, batches, unpack } = collect();
    sink.accept(call);
    sink.flush();
    sink.accept(script.ret(call, integer(2)));
    sink.finish();
    expect(batches[1]?.[0]).toMatchObject({ kind: 'return', call: call.call });
    const [first, second] = unpack();
    expect((second as { readonly call: CallEvent }).call).toBe(first);
  });

  it('carry the call along when it was never sent itself', () => {
    const script = new Script();
    const ending = script.ret(script.call('f', []), integer(2));
    const { sink, unpack } = collect();
    sink.accept(ending);
    sink.finish();
    expect(unpack()).toEqual([ending]);
  });

  it('are sent when they are full, by number or by bytes of text, and nothing is sent for no events', () => {
    const script = new Script();
    const { sink, batches, room } = collect();
    sink.flush();
    for (let i = 0; i < 2000; i++) sink.accept(script.call('f', []));
    const full = batches.length;
    expect(full).toBeGreaterThan(1);
    sink.flush();
    const long = text(new Uint8Array(3 << 20));
    sink.accept(script.call('g', [long]));
    sink.accept(script.call('g', [long]));
    expect(batches.slice(full + 1).map((batch) => batch.length)).toEqual([1, 1]);
    sink.finish();
    expect(room.taken).toBe(batches.length);
  });

  it('are dropped when nobody wants them any more', () => {
    const { sink, batches, room } = collect();
    room.outcome = 'abandoned';
    sink.accept(new Script().call('f', []));
    sink.finish();
    expect(batches).toEqual([]);
  });
});
