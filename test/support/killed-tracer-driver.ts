/**
 * Attaches to a process, and is killed before one of its requests to Linux: the one with that number.
 *
 * Usage: killed-tracer-driver.js PID NUMBER; prints `done` on standard error when there are not so many requests.
 */
import { writeSync } from 'node:fs';
import { silentLog } from '../../src/base/debug-log.js';
import { Tracer } from '../../src/engine/tracer.js';
import { LinuxKernel } from '../../src/kernel/linux/linux-kernel.js';
import { prepareSession } from '../../src/library/engine-options.js';
import { watched } from './watched-kernel.js';

const [pid = 0, killedAt = 0] = process.argv.slice(2).map(Number);
let made = 0;

/** Also in the middle of system calls that threads make for us. */
function before(): void {
  if (made++ >= killedAt) process.kill(process.pid, 'SIGKILL');
}

const kernel = LinuxKernel.open({ signals: 'leaving', descriptors: 'standard', spin: 'auto' });
const { options } = prepareSession(
  { target: { kind: 'attach', pids: [pid] }, options: { calls: 'toupper' }, hostEnvironment: {} },
  '',
);
const sink = { accept: () => undefined, flush: () => undefined, finish: () => undefined };
const tracer = new Tracer({ kernel: watched(kernel, before), options, sink, log: silentLog });
tracer.start();
tracer.leave();
writeSync(2, 'done\n');
