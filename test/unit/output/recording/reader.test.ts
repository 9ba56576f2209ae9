import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { UserError } from '../../../../src/base/errors.js';
import { CompressedTarget } from '../../../../src/output/compressed-target.js';
import { JsonSink } from '../../../../src/output/recording/json-sink.js';
import { OutputStream } from '../../../../src/output/output-stream.js';
import { readTrace, type RecordingSource } from '../../../../src/output/recording/reader.js';
import { TextSink } from '../../../../src/output/text/text-sink.js';
import { DEFAULT_TEXT_OPTIONS } from '../../../../src/output/text/text-options.js';
import type { TraceEvent } from '../../../../src/trace/event.js';
import type { TraceSink } from '../../../../src/trace/sink.js';
import { everyEvent } from '../every-event.js';
import { at, Collected, Script, session, text, VOID } from '../sample-events.js';

function played(events: readonly TraceEvent[], make: (stream: OutputStream) => TraceSink): Buffer {
  const target = new Collected();
  const sink = make(new OutputStream(target, 'buffered'));
  for (const event of events) sink.accept(event);
  sink.finish();
  return target.bytes;
}

const recorded = (events: readonly TraceEvent[]) =>
  played(events, (stream) => new JsonSink(stream));

async function all(source: RecordingSource): Promise<TraceEvent[]> {
  const events: TraceEvent[] = [];
  for await (const event of readTrace(source)) events.push(event);
  return events;
}

/** In pieces of a few bytes: splits lines and characters everywhere. */
async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) {
    await Promise.resolve();
    yield bytes.subarray(offset, offset + size);
  }
}

const notices = (events: readonly TraceEvent[]) =>
  events.flatMap((event) => (event.kind === 'notice' ? [event.text] : []));

describe('readTrace', () => {
  it('gives back exactly the events that were recorded', async () => {
    const events = everyEvent();
    expect(await all(recorded(events))).toEqual(events);
  });

  it('reads the reasons of schema 1, which were sentences', async () => {
    const [first = '', ...rest] = recorded(everyEvent()).toString().split('\n');
    const coverage = JSON.parse(rest.at(-2) ?? '') as Record<string, unknown>;
    const old = { ...coverage, unmatchedRules: [{ rule: 'foo', reason: 'it is not there' }] };
    const lines = [first.replace('"schema":2', '"schema":1'), JSON.stringify(old), ''];
    const events = await all(Buffer.from(lines.join('\n')));
    expect(events.at(-1)).toMatchObject({
      kind: 'coverage',
      unmatchedRules: [{ rule: 'foo', reason: { kind: 'told', text: 'it is not there' } }],
    });
    expect(notices(events)).toEqual([]);
  });

  it('joins a return with the very event that it answers', async () => {
    const events = await all(recorded(everyEvent()));
    for (const event of events) {
      if (event.kind === 'return') expect(events).toContain(event.call);
    }
  });

  it('gives events that print byte for byte like the live ones', async () => {
    const printed = (events: readonly TraceEvent[]) =>
      played(events, (stream) => {
        const styles = { pid: 'bracket', time: 'epoch', instructionPointer: 'module' } as const;
        const shown = { caller: 'show', duration: 'show', libraryErrno: 'show' } as const;
        return new TextSink(stream, { ...DEFAULT_TEXT_OPTIONS, ...styles, ...shown });
      }).toString();
    const live = printed(everyEvent());
    expect(live.length).toBeGreaterThan(1000);
    expect(printed(await all(recorded(everyEvent())))).toBe(live);
  });

  it.each([1, 7, 1000])(
    'does not care how the bytes arrive (%d at a time)',
    async (size) => {
      const events = everyEvent();
      expect(await all(inPieces(recorded(events), size))).toEqual(events);
      expect(await all(inPieces(gzipSync(recorded(events)), size))).toEqual(events);
    },
    60_000,
  );

  it('lets a forked child return from the calls of its parent', async () => {
    const script = new Script();
    script.push(session);
    const outer = script.call('system');
    const fork = script.call('fork');
    const how = { how: 'fork', parent: outer.pid, program: 'x' } as const;
    script.push({ kind: 'process-started', ...at(200, script.now()), ...how });
    script.ret(fork, VOID);
    script.ret(fork, VOID, at(200, script.now()));
    script.push({ kind: 'exited', ...at(200, script.now()), code: 0 });
    script.ret(outer, VOID);
    script.exited(0);
    expect(await all(recorded(script.events))).toEqual(script.events);
  });

  it('keeps a string of 10 MB', async () => {
    const script = new Script();
    script.push(session);
    const bytes = Buffer.alloc(10_000_000, 'a\n\0ü', 'utf8');
    script.ret(script.call('puts', [text(bytes)]), VOID);
    script.exited(0);
    const call = (await all(recorded(script.events)))[1];
    const value = call?.kind === 'call' ? call.args[0]?.value : undefined;
    expect(value?.kind === 'string' && bytes.equals(value.bytes)).toBe(true);
  });

  it('reads what CompressedTarget wrote, also when it is cut off', async () => {
    const target = new Collected();
    const sink = new JsonSink(new OutputStream(new CompressedTarget(target, 'gzip'), 'buffered'));
    const events = everyEvent();
    for (const event of events) {
      sink.accept(event);
      sink.flush();
    }
    sink.finish();
    expect(await all(target.bytes)).toEqual(events);
    const half = await all(target.bytes.subarray(0, target.bytes.length - 40));
    expect(half.slice(0, -1)).toEqual(events.slice(0, half.length - 1));
    expect(half.length).toBeGreaterThan(events.length - 3);
    expect(notices(half.slice(-1))).toEqual([
      expect.stringMatching(/^the recording was cut off/) as string,
    ]);
  });

  it('reads a recording that was cut off anywhere up to its last whole event', async () => {
    const script = new Script();
    script.push(session);
    script.ret(script.call('puts', [text('ä')]), VOID);
    script.exited(0);
    const whole = recorded(script.events);
    const firstLine = whole.indexOf(0x0a);
    for (let length = firstLine; length < whole.length - 1; length++) {
      const events = await all(whole.subarray(0, length));
      const cut = events.at(-1);
      expect(cut?.kind === 'notice' ? cut.text : '').toMatch(/^the recording was cut off/);
      expect(events.slice(0, -1)).toEqual(script.events.slice(0, events.length - 1));
    }
    // Only the last newline is missing: nothing is lost.
    expect(await all(whole.subarray(0, -1))).toEqual(script.events);
  });

  it('says where a line makes no event, and goes on', async () => {
    const lines = recorded(everyEvent()).toString().split('\n');
    lines.splice(
      1,
      0,
      '{"kind":"exited","pid":1}',
      'rubbish',
      '{"kind":"later","pid":1,"tid":1,"at":1}',
    );
    const events = await all(Buffer.from(lines.join('\n')));
    expect(events.slice(0, -1)).toEqual(everyEvent());
    expect(notices(events.slice(-1))).toEqual([
      'the recording: skipped 3 lines that make no event; line 2: tid is not a number from 0 to 9007199254740991',
    ]);
  });

  it('survives every event with any part of it replaced', async () => {
    const [first = '', ...lines] = recorded(everyEvent()).toString().trim().split('\n');
    const odd: unknown[] = [null, -1, 1e300, 'x', [], {}, true, [null], { kind: 'pointer' }];
    for (const line of lines) {
      const object = JSON.parse(line) as Record<string, unknown>;
      const broken = Object.keys(object).flatMap((key) =>
        odd.map((value) => JSON.stringify({ ...object, [key]: value })),
      );
      const events = await all(Buffer.from([first, ...broken].join('\n')));
      played(events, (stream) => new TextSink(stream, DEFAULT_TEXT_OPTIONS));
    }
  });

  it('refuses a value that is nested without end', async () => {
    const deep = '{"kind":"changed","after":{"kind":"void"},"before":'.repeat(50000);
    const call = JSON.stringify({ ...new Script().call('f'), args: ['@'] });
    const line = call.replace('"@"', `{"value":${deep}{"kind":"void"}${'}'.repeat(50001)}`);
    const start = recorded([session]).toString();
    expect(notices(await all(Buffer.from(`${start}${line}\n`)))[0]).toMatch(/nested too deeply/);
  });

  it.each([5, undefined, null, {}, [1]])('refuses %p, which is no source', async (source) => {
    const reading = readTrace(source as RecordingSource).next();
    await expect(reading).rejects.toThrow(UserError);
    await expect(reading).rejects.toThrow(/^source: must be a path/);
  });

  it('refuses what is no recording', async () => {
    const refused = async (source: RecordingSource) =>
      all(source).then(
        () => 'read',
        (error: unknown) => (error instanceof UserError ? error.message : error),
      );
    const message = 'the recording is not a recording of tsltrace';
    expect(await refused(Buffer.of())).toBe(message);
    expect(await refused(Buffer.from('puts("x") = 2\n'))).toBe(message);
    expect(await refused(Buffer.from('{"a":1}\n'))).toBe(message);
    expect(await refused(Buffer.from('no newline'))).toBe(message);
    const newer = recorded([session]).toString().replace('"schema":2', '"schema":99');
    expect(await refused(Buffer.from(newer))).toMatch(/newer tsltrace \(schema 99/);
    expect(await refused('/nonexistent/trace')).toMatch(
      /^cannot read \/nonexistent\/trace: No such file/,
    );
  });

  it('reads a file by its path', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tsltrace-recording-'));
    try {
      const path = join(folder, 'trace.gz');
      writeFileSync(path, gzipSync(recorded(everyEvent())));
      expect(await all(path)).toEqual(everyEvent());
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
