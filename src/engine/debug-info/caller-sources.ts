/** The function and source line of callers: of each place that calls it is looked up once. */
import { toImageAddress } from '../../base/address.js';
import { demangle } from '../../symbol/demangle.js';
import type { CallSite } from '../../trace/event.js';
import type { CallerSourcePolicy } from '../engine-options.js';
import type { Thread } from '../tracees/tracee.js';
import type { DebugInformation } from './debug-information.js';

export class CallerSources {
  /** As `ReturnPoint.callSite` is kept; those of tail calls are made anew each time. */
  private readonly known = new WeakMap<CallSite, CallSite>();

  constructor(
    private readonly policy: CallerSourcePolicy,
    private readonly debug: DebugInformation,
  ) {}

  /** The same place with all that is to be known of it. Hot path. */
  of(thread: Thread, site: CallSite, madeBy: 'script' | 'itself'): CallSite {
    if (this.policy === 'none') return site;
    if (this.policy === 'callers-without-script' && madeBy === 'script') return site;
    let known = this.known.get(site);
    if (known === undefined) {
      known = this.lookUp(thread, site);
      this.known.set(site, known);
    }
    return known;
  }

  private lookUp({ process }: Thread, site: CallSite): CallSite {
    const module = process.space.modules.at(Number(site.returnAddress));
    // What a tail call hides is not the code that the call returns to.
    if (module?.name !== site.module) return site;
    const offset = Number(site.returnAddress) - module.bias;
    if (site.offset !== offset) return site;
    // The call is the instruction before.
    const at = toImageAddress(offset - 1);
    const symbol = module.image.symbolAt(at);
    const demangled = symbol && demangle(symbol.name);
    const place = this.debug.debugOf(process.pid, module)?.sourceAt(at)[0]?.place;
    return {
      ...site,
      ...(symbol !== undefined && {
        symbol: {
          name: symbol.name,
          ...(demangled !== undefined && { demangled }),
          offset: symbol.offset + 1,
        },
      }),
      ...(place !== undefined && {
        source: { file: place.file, line: place.line, column: place.column },
      }),
    };
  }
}
