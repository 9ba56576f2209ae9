/** Waiting for a trace to begin. */
import { readFileSync } from 'node:fs';
import { sleep } from './processes.js';

/** Waits until the trace file holds calls; fails after ten seconds. */
export async function seesCalls(file: string, name = 'toupper'): Promise<void> {
  for (let waited = 0; waited < 10_000; waited += 50) {
    await sleep(50);
    if (readFileSync(file, 'utf8').includes(name)) return;
  }
  throw new Error('no call was traced within ten seconds');
}
