import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { toProcessId } from '../../../src/base/ids.js';
import {
  chromeFormat,
  JSON_FORMAT,
  summaryFormat,
  textFormat,
} from '../../../src/output/formats.js';
import { makeSinks, type OutputOptions } from '../../../src/output/make-sinks.js';
import { DEFAULT_TEXT_OPTIONS } from '../../../src/output/text/text-options.js';
import type { TraceEvent } from '../../../src/trace/event.js';
import { at, integer, Script, session, text } from './sample-events.js';

function twoProcesses(): TraceEvent[] {
  const script = new Script();
  script.push(session);
  script.ret(script.call('puts', [text('parent')]), integer(7));
  const child = script.call('puts', [text('child')], { pid: toProcessId(200) });
  script.ret(child, integer(6));
  script.push({ kind: 'exited', ...at(200, script.now()), code: 0 });
  script.push({ kind: 'exited', ...at(200, script.now()), code: 1 });
  script.exited(0);
  return script.events;
}

describe('makeSinks', () => {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tsltrace-sinks-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const play = (options: Omit<OutputOptions, 'notices'>, events = twoProcesses()) => {
    const sinks = makeSinks({ ...options, notices: 'hide' });
    for (const event of events) for (const sink of sinks) sink.accept(event);
    for (const sink of sinks) sink.finish();
  };
  const asText = textFormat({ ...DEFAULT_TEXT_OPTIONS, align: 0 });
  const content = (name: string) => readFileSync(join(folder, name));

  it('writes text into a file', () => {
    play({ format: asText, destination: { kind: 'file', path: join(folder, 'trace') } });
    expect(content('trace').toString().split('\n').slice(0, 2)).toEqual([
      'puts("parent") = 7',
      'puts("child") = 6',
    ]);
  });

  it('writes a file for each process, and appends when a process id comes again', () => {
    const path = join(folder, 'trace.%p.txt');
    play({ format: asText, destination: { kind: 'file-per-process', path } });
    expect(readdirSync(folder).sort()).toEqual(['trace.100.txt', 'trace.200.txt']);
    expect(content('trace.200.txt').toString()).toBe(
      'puts("child") = 6\n+++ exited (status 0) +++\n+++ exited (status 1) +++\n',
    );
    play({
      format: JSON_FORMAT,
      destination: { kind: 'file-per-process', path: join(folder, 'data') },
    });
    const lines = content('data.100').toString().trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as TraceEvent).kind)).toEqual([
      'session-started',
      'call',
      'return',
      'exited',
    ]);
  });

  it('compresses by the end of the file name', () => {
    play({
      format: asText,
      destination: { kind: 'file', path: join(folder, 'trace.gz') },
    });
    expect(gunzipSync(content('trace.gz')).toString()).toMatch(/^puts\("parent"\) = 7\n/);
  });

  it('writes to a descriptor that somebody opened', () => {
    const descriptor = openSync(join(folder, 'pipe'), 'w');
    const name = 'pipe';
    play({
      format: asText,
      destination: { kind: 'descriptor', descriptor, name, mode: 'immediate', ownership: 'owned' },
    });
    expect(content('pipe').toString()).toMatch(/^puts\("parent"\) = 7\n/);
  });

  it('keeps notices out of files, for standard error', () => {
    const destination = { kind: 'file', path: join(folder, 'trace') } as const;
    const sinks = makeSinks({ format: asText, destination, notices: 'show' });
    for (const sink of sinks) sink.finish();
    expect(sinks.map((sink) => sink.constructor.name)).toEqual(['TextSink', 'NoticeSink']);
    const onTerminal = (format: OutputOptions['format']) =>
      makeSinks({
        format,
        destination: {
          kind: 'descriptor',
          descriptor: 2,
          name: 'standard error',
          mode: 'immediate',
          ownership: 'borrowed',
        },
        notices: 'show',
      }).map((sink) => sink.constructor.name);
    expect(onTerminal(asText)).toEqual(['TextSink']);
    expect(onTerminal(JSON_FORMAT)).toEqual(['JsonSink']);
    expect(onTerminal(chromeFormat('mangled'))).toEqual(['ChromeSink']);
    const summary = {
      groupBy: 'function',
      sort: 'total',
      clock: 'wall',
      names: 'mangled',
      width: 0,
      interval: 0,
    } as const;
    const inForm = (form: 'text' | 'csv') => onTerminal(summaryFormat({ ...summary, form }));
    expect(inForm('text')).toEqual(['SummarySink', 'NoticeSink']);
    expect(inForm('csv')).toEqual(['SummarySink']);
  });
});
