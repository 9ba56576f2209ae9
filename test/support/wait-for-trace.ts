import { statSync } from 'node:fs';
import { sleep } from './processes.js';

const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 5;

/** Until something stands in the trace, which is created before: a process that was attached to is traced by then. */
export async function traceBegins(file: string): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
    if (statSync(file).size > 0) return;
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`nothing was traced in ${PATIENCE_MS} ms`);
}
