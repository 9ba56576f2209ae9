/** The Worker: traces on a thread of its own, which ptrace and its blocking waits need. */
import { workerData, type MessagePort } from 'node:worker_threads';
import { silentLog } from '../base/debug-log.js';
import { UserError } from '../base/errors.js';
import type { Target } from '../engine/engine-options.js';
import { LaunchError } from '../kernel/launch-error.js';
import { LinuxKernel } from '../kernel/linux/linux-kernel.js';
import { explainLaunchFailure } from '../launch/launch-failure.js';
import { runSession } from '../session.js';
import { readVersion } from '../version.js';
import type { TraceSink } from '../trace/sink.js';
import { BatchSink } from './batch-sink.js';
import { prepareSession } from './engine-options.js';
import { FlowSender } from './flow-control.js';
import type { SessionRequest } from './session-request.js';
import { whileLocked } from './shared-lock.js';
import { packError, type WorkerMessage } from './wire.js';

/** What the thread is started with. */
export interface WorkerStart {
  readonly request: SessionRequest;
  readonly port: MessagePort;
  readonly flowMemory: SharedArrayBuffer;
  /** Signal handlers are the whole process's, so that sessions take and give them back in turn. */
  readonly lockMemory: SharedArrayBuffer;
}

function main({ request, port, flowMemory, lockMemory }: WorkerStart): void {
  const flow = new FlowSender(flowMemory);
  const post = (message: WorkerMessage): void => port.postMessage(message);
  try {
    const end = traceIn(request, lockMemory, { flow, post });
    post({ kind: 'ended', end });
  } catch (error) {
    const known =
      error instanceof LaunchError ? explainLaunchFailure(error, folderOf(request)) : error;
    post({ kind: 'failed', error: packError(known) });
  } finally {
    flow.end();
    port.close();
  }
}

function traceIn(
  request: SessionRequest,
  lockMemory: SharedArrayBuffer,
  { flow, post }: { readonly flow: FlowSender; readonly post: (message: WorkerMessage) => void },
): ReturnType<typeof runSession>['launched'] {
  const prepared = prepareSession(request, readVersion());
  const kernel = whileLocked(lockMemory, () =>
    LinuxKernel.open({ signals: 'none', descriptors: 'standard', spin: 'auto' }),
  );
  try {
    post({ kind: 'ready', interrupt: kernel.interruptHandle });
    // In this order: who gives up before the handle has arrived relies on it.
    if (flow.isAbandoned) return { kind: 'none' };
    refuseChildrenOfHost(kernel, prepared.options.targets);
    const batches = new BatchSink(flow, (events) => post({ kind: 'events', events }));
    return runSession({
      kernel,
      log: silentLog,
      options: prepared.options,
      where: prepared.where,
      sink: tellingOfLaunch(batches, () => post({ kind: 'launched' })),
      warnings: prepared.warnings,
    }).launched;
  } finally {
    whileLocked(lockMemory, () => kernel.close());
  }
}

function folderOf({ target }: SessionRequest): string | undefined {
  return target.kind === 'launch' ? target.workingDirectory : undefined;
}

/** The host then closes its copies of what the program was given, or pipes would never end. */
function tellingOfLaunch(sink: BatchSink, tell: () => void): TraceSink {
  return {
    mayLag: sink.mayLag,
    accept: (event) => {
      if (event.kind === 'process-started' && event.how === 'launch') tell();
      sink.accept(event);
    },
    flush: () => sink.flush(),
    finish: () => sink.finish(),
  };
}

/**
 * libuv waits for the processes that child_process started, on any thread, and would take a ptrace stop of one
 * for its end (ptrace stops are reported to all threads of the tracer, wait(2), unless __WNOTHREAD is given).
 */
function refuseChildrenOfHost(kernel: LinuxKernel, targets: readonly Target[]): void {
  for (const target of targets) {
    if (target.kind !== 'attach' || kernel.status(target.pid)?.parent !== process.pid) continue;
    throw new UserError(
      `cannot attach to ${target.pid}: it is a child of this process, and Node.js would take its stops for its end`,
      'start it with trace()',
    );
  }
}

main(workerData as WorkerStart);
