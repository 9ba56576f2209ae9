/** The engine runs a few batches ahead and no further. */
import { Worker } from 'node:worker_threads';
import { FlowReceiver, FlowSender, makeFlowMemory } from '../../../src/library/flow-control.js';
import { inProject } from '../../support/project.js';

/** Takes in a Worker as often as it can, and says how often that was when somebody asks. */
function startTaker(memory: SharedArrayBuffer, times: number) {
  const taken = new SharedArrayBuffer(4);
  const worker = new Worker(
    `const { workerData } = require('node:worker_threads');
     const { FlowSender } = require(workerData.module);
     const sender = new FlowSender(workerData.memory);
     const taken = new Int32Array(workerData.taken);
     for (let i = 0; i < workerData.times && sender.take() === 'room'; i++) Atomics.add(taken, 0, 1);`,
    {
      eval: true,
      workerData: {
        memory,
        taken,
        times,
        module: inProject('dist/src/library/flow-control.js'),
      },
    },
  );
  const ended = new Promise<void>((resolve, reject) => {
    worker.once('exit', () => resolve());
    worker.once('error', reject);
  });
  return { ended, count: () => Atomics.load(new Int32Array(taken), 0) };
}

async function settled(count: () => number): Promise<number> {
  let before = -1;
  for (let round = 0; round < 100 && (count() === 0 || count() !== before); round++) {
    before = count();
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  return count();
}

describe('flow control', () => {
  it('stops the engine when nobody consumes, and lets it go on by as much as is consumed', async () => {
    const memory = makeFlowMemory();
    const receiver = new FlowReceiver(memory);
    const taker = startTaker(memory, 1000);
    const ahead = await settled(taker.count);
    expect(ahead).toBeGreaterThan(1);
    expect(ahead).toBeLessThan(20);
    receiver.consumed();
    receiver.consumed();
    expect(await settled(() => taker.count() - ahead)).toBe(2);
    receiver.abandon();
    await taker.ended;
    expect(taker.count()).toBe(ahead + 2);
  });

  it('passes a thousand batches to a consumer that keeps up', async () => {
    const memory = makeFlowMemory();
    const receiver = new FlowReceiver(memory);
    const taker = startTaker(memory, 1000);
    let consumed = 0;
    while (consumed < 1000) {
      for (; consumed < taker.count(); consumed++) receiver.consumed();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await taker.ended;
    expect(taker.count()).toBe(1000);
  });

  it('tells the engine at once that nobody wants events any more', () => {
    const memory = makeFlowMemory();
    const sender = new FlowSender(memory);
    expect(sender.take()).toBe('room');
    new FlowReceiver(memory).abandon();
    expect(sender.isAbandoned).toBe(true);
    expect(sender.take()).toBe('abandoned');
  });

  it('waits for the end of the engine no longer than told', () => {
    const memory = makeFlowMemory();
    const receiver = new FlowReceiver(memory);
    const started = performance.now();
    receiver.waitForEnd(50);
    expect(performance.now() - started).toBeGreaterThanOrEqual(45);
    new FlowSender(memory).end();
    receiver.waitForEnd(60_000);
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});
