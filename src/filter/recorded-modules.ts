/** Which modules each process of a recording has: filters ask for paths and for the main program. */
import type { TraceEvent } from '../trace/event.js';
import type { ModuleIdentity } from './symbol-filter.js';

type Modules = ReadonlyMap<string, ModuleIdentity>;

export class RecordedModules {
  private readonly processes = new Map<number, Modules>();

  accept(event: TraceEvent): void {
    const { kind, pid } = event;
    if (kind === 'process-started') {
      // A forked child has what its parent has, until it runs another program.
      const parent = event.parent === undefined ? undefined : this.processes.get(event.parent);
      this.processes.set(pid, parent ?? new Map());
    } else if (kind === 'module-loaded') {
      const { module: name, path, isMainProgram } = event;
      const known = this.processes.get(pid) ?? [];
      this.processes.set(pid, new Map([...known, [name, { name, path, isMainProgram }]]));
    } else if (kind === 'exec') this.processes.set(pid, new Map());
    else if (kind === 'exited' || kind === 'killed' || kind === 'detached') {
      this.processes.delete(pid);
    }
  }

  /** By the name that calls give it. */
  find(pid: number, name: string): ModuleIdentity {
    const known = this.processes.get(pid)?.get(name);
    return known ?? { name, path: name, isMainProgram: false };
  }
}
