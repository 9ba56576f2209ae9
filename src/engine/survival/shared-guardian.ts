/** The one guardian of a session, started when the first process needs it. */
import type { Guardian } from '../../kernel/guardian.js';
import type { Kernel } from '../../kernel/kernel.js';

type State =
  { readonly kind: 'not-started' } | { readonly kind: 'started'; readonly guardian?: Guardian };

export class SharedGuardian {
  private state: State = { kind: 'not-started' };

  constructor(private readonly kernel: Kernel) {}

  /** undefined where the system does not let us run one. */
  get(): Guardian | undefined {
    if (this.state.kind === 'started') return this.state.guardian;
    const guardian = this.kernel.startGuardian();
    this.state = { kind: 'started', ...(guardian !== undefined && { guardian }) };
    return guardian;
  }

  /** When nothing is traced any more. */
  release(): void {
    if (this.state.kind === 'started') this.state.guardian?.release();
    this.state = { kind: 'not-started' };
  }
}
