/** Work that is done while no thread has stopped. */
import { silentLog } from '../../src/base/debug-log.js';
import { toAddress, toLoadBias } from '../../src/base/address.js';
import { toProcessId } from '../../src/base/ids.js';
import { ElfImage } from '../../src/elf/elf-image.js';
import type { CallTracer } from '../../src/engine/calls/call-tracer.js';
import { Module } from '../../src/engine/modules/module.js';
import type { EngineOptions } from '../../src/engine/engine-options.js';
import { EntryPoint } from '../../src/engine/points/entry-point.js';
import type { WaitOutcome } from '../../src/kernel/loop.js';
import { openTracer } from '../support/open-tracer.js';
import { attachedKernel, bareOptions } from '../support/attached-kernel.js';
import { buildImage } from '../support/elf-builder.js';
import { statusOf, type ScriptedKernel } from '../support/scripted-kernel.js';

const library = new Module(
  ElfImage.parse(buildImage({ soname: 'libsoon.so.1' }), 'libsoon.so.1'),
  '/lib/libsoon.so.1',
  toLoadBias(0x10000),
  'library',
);

/** Called through a stub that nobody has called yet. */
function functionOf(symbol: string): EntryPoint {
  return new EntryPoint({
    origin: 'call',
    route: 'plt',
    symbol,
    aliases: [],
    naming: {},
    module: library,
    stub: toAddress(0x10100),
    slot: toAddress(0x10200),
  });
}

/** Nothing has stopped the first times that it is asked. */
function idleFirst(kernel: ScriptedKernel, times: number): void {
  const poll = kernel.poll.bind(kernel);
  let left = times;
  kernel.poll = (): WaitOutcome => (left-- > 0 ? 'none' : poll());
}

interface Trace {
  /** Of the functions, as `function of library`. */
  readonly lookedUp: readonly string[];
  readonly calls: CallTracer;
}

/** Of a process that has these functions, and ends at its first stop. */
function traceOf(symbols: readonly string[], idleTimes: number): Trace {
  const lookedUp: string[] = [];
  const kernel = attachedKernel([42], [{ kind: 'stop', tid: 42, status: statusOf.exited(0) }]);
  idleFirst(kernel, idleTimes);
  const bare = bareOptions([{ kind: 'attach', pid: toProcessId(42) }]);
  const lookAhead: EngineOptions['captures']['lookAhead'] = ({ symbol, libraries: [first = ''] }) =>
    lookedUp.push(`${symbol} of ${first}`);
  const options = { ...bare, captures: { ...bare.captures, lookAhead } };
  const sink = { accept: () => undefined, flush: () => undefined, finish: () => undefined };
  const { tracer, context, prospects } = openTracer({ kernel, options, sink, log: silentLog });
  tracer.start();
  const { table, calls } = context;
  const [process] = table.processes;
  if (process === undefined) throw new Error('no process');
  for (const symbol of symbols) prospects.add(process, functionOf(symbol));
  tracer.run();
  return { lookedUp, calls };
}

describe('functions with a breakpoint', () => {
  it('are looked up one by one while nothing has stopped', () => {
    expect(traceOf(['one', 'two', 'three'], 2).lookedUp).toEqual([
      'one of libsoon.so.1',
      'two of libsoon.so.1',
    ]);
  });

  it('wait for nothing where something has stopped', () => {
    expect(traceOf(['one'], 0).lookedUp).toEqual([]);
  });

  it('are looked up once', () => {
    expect(traceOf(['one'], 5).lookedUp).toEqual(['one of libsoon.so.1']);
  });

  it('do no harm where their process has ended', () => {
    const { lookedUp, calls } = traceOf(['one'], 0);
    calls.lookAhead();
    expect(lookedUp).toEqual(['one of libsoon.so.1']);
  });
});
