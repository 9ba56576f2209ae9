/** What is to be known of a tracee from the start. */
import { toThreadId, type ProcessId } from '../../base/ids.js';
import type { TracerContext } from './tracer-context.js';
import { placeOf } from '../stops/stop-context.js';
import type { Process } from '../tracees/tracee.js';

/** The kernel lets no program have more rights than the user who traces it: ptrace(2), execve(2). */
export function warnOfLostRights(context: TracerContext, process: Process): void {
  if (!context.kernel.lacksRightsOfFile(process.pid, process.program)) return;
  warn(
    context,
    process,
    `${process.program} is set-uid or set-gid, but runs without the rights of its owner, as under every tracer of a user: root can trace it with them`,
  );
}

export function warnOfGuardian(
  context: TracerContext,
  process: Process,
  guardian: ProcessId,
): void {
  warn(
    context,
    process,
    `process ${guardian} has still to repair what a tracer left that was killed: should it do so now, breakpoints go and calls are missed`,
  );
}

/** Silence would be taken for: no calls. */
export function warnOfRefused(context: TracerContext, process: Process, count: number): void {
  warn(
    context,
    process,
    `${count} breakpoints in process ${process.pid} could not be written: calls are missed`,
  );
}

function warn(context: TracerContext, process: Process, text: string): void {
  const [first] = process.threads.keys();
  const place = placeOf(context, process, first ?? toThreadId(process.pid));
  context.emitter.emit({ kind: 'notice', ...place, severity: 'warning', text });
}
