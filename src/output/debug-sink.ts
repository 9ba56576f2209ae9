/** `-D`: what happened to processes and modules, and how much was watched; no output shows it all. */
import type { DebugLog } from '../base/debug-log.js';
import { signalName } from '../base/signal-names.js';
import type { CallTotals } from '../trace/call-totals.js';
import type { CoverageEvent, ModuleLoaded, SignalEvent, TraceEvent } from '../trace/event.js';
import type { TraceSink } from '../trace/sink.js';
import { escapeName } from './text/escape.js';

export class DebugSink implements TraceSink {
  constructor(private readonly log: DebugLog) {}

  // eslint-disable-next-line complexity -- one arm for each kind of event
  accept(event: TraceEvent): void {
    switch (event.kind) {
      case 'process-started':
        this.engine(`process ${event.pid} by ${event.how}: ${escapeName(event.program)}`);
        break;
      case 'thread-started':
        this.engine(`thread ${event.tid} of process ${event.pid}, by ${event.parent}`);
        break;
      case 'exec':
        this.engine(`process ${event.pid} runs ${escapeName(event.program)}`);
        break;
      case 'thread-ended':
      case 'exited':
      case 'killed':
      case 'detached':
        this.engine(`thread ${event.tid} of process ${event.pid}: ${event.kind}`);
        break;
      case 'module-loaded':
        this.log.write('modules', loaded(event));
        break;
      case 'module-unloaded':
        this.log.write('modules', `process ${event.pid} unloaded ${escapeName(event.path)}`);
        break;
      case 'signal':
        this.log.write('signals', signalLine(event));
        break;
      case 'coverage':
        this.cover(event);
        break;
      case 'session-started':
      case 'call':
      case 'return':
      case 'call-abandoned':
      case 'syscall':
      case 'syscall-return':
      case 'thread-state':
      case 'notice':
        // Shown by the outputs.
        break;
    }
  }

  takeTotals({ tid, call, calls }: CallTotals): void {
    this.engine(`thread ${tid}: ${calls} calls of ${escapeName(call.symbol)} caught inside`);
  }

  flush(): void {
    // The log keeps nothing back.
  }

  finish(): void {
    // Standard error is not ours to close.
  }

  private engine(text: string): void {
    this.log.write('engine', text);
  }

  private cover(event: CoverageEvent): void {
    for (const { module, placed, refused } of event.modules) {
      const places = `${placed} places watched, ${refused.length} refused`;
      this.log.write('sites', `${escapeName(module)}: ${places}`);
    }
    this.engine(`${event.calls} calls, ${event.stops} stops`);
  }
}

function loaded({ pid, module, path, bias, buildId }: ModuleLoaded): string {
  const file = `${escapeName(module)} (${escapeName(path)})`;
  const build = buildId === undefined ? 'no build id' : `build id ${buildId}`;
  return `process ${pid} loaded ${file}, bias 0x${bias.toString(16)}, ${build}`;
}

function signalLine({ tid, signal, code, sender, faultAddress }: SignalEvent): string {
  const from = sender === undefined ? '' : `, sent by ${sender}`;
  const fault = faultAddress === undefined ? '' : `, fault at 0x${faultAddress.toString(16)}`;
  return `thread ${tid}: ${signalName(signal)}, si_code ${code}${from}${fault}`;
}
