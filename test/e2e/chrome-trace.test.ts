import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromeFormat } from '../../src/output/formats.js';
import { makeSinks } from '../../src/output/make-sinks.js';
import { everyEvent } from '../unit/output/every-event.js';

/** Loads a file with the engine of Chrome's Performance panel; it is an ES module, so in a process of its own. */
const LOAD = `
  import { readFileSync } from 'node:fs';
  import { TraceModel } from '@paulirish/trace_engine';
  const text = readFileSync(process.argv[1], 'utf8');
  const model = TraceModel.Model.createWithAllHandlers();
  await model.parse(JSON.parse(text.trimEnd().endsWith(']') ? text : text + ']'), {});
  const slices = [];
  const { data } = model.parsedTrace(0);
  for (const [pid, process] of data.Renderer.processes) {
    for (const [tid, thread] of process.threads) {
      for (const { name, ts, dur } of thread.entries) slices.push({ pid, tid, name, ts, dur });
    }
  }
  console.log(JSON.stringify(slices));
`;

describe('--format chrome', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsltrace-chrome-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function loaded(path: string): unknown {
    const args = ['--input-type=module', '-e', LOAD, path];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 60000 }));
  }

  it('opens in the engine of Chrome’s Performance panel, also when it is cut off', () => {
    const path = join(folder, 'trace.json');
    const [sink] = makeSinks({
      format: chromeFormat('mangled'),
      destination: { kind: 'file', path },
      notices: 'hide',
    });
    const events = everyEvent();
    for (const event of events) sink?.accept(event);
    sink?.flush();
    const slice = (name: string, ts: number, dur: number) => ({
      pid: 100,
      tid: 100,
      name,
      ts,
      dur,
    });
    const expected = [
      slice('ALL_VALUES', 5, 7),
      slice('inner', 6, 1),
      slice('thrower', 8, 1),
      slice('SYS_open', 10, 1),
      slice('SYS_exit_group', 13, 10),
    ];
    // Not finished: the closing bracket is missing.
    expect(loaded(path)).toEqual(expected);
    sink?.finish();
    expect(loaded(path)).toEqual(expected);
  });
});
