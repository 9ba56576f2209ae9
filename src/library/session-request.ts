/** What the Worker is asked to do: plain data that can be posted. */
import type { GivenDescriptor } from '../kernel/launch-spec.js';
import type { TraceOptions } from './options.js';

export interface SessionRequest {
  readonly target: RequestedTarget;
  readonly options: Omit<TraceOptions, 'signal'>;
  /** Of this process: says where the user's prototypes are. */
  readonly hostEnvironment: Readonly<Record<string, string | undefined>>;
}

export type RequestedTarget =
  | {
      readonly kind: 'launch';
      /** As given: looked up in PATH of `environment` when it has no slash. */
      readonly program: string;
      readonly args: readonly string[];
      readonly environment: Readonly<Record<string, string>>;
      /** Absolute; undefined: where this process is. */
      readonly workingDirectory?: string | undefined;
      /** undefined: standard input, output and error of this process. */
      readonly descriptors?: readonly GivenDescriptor[] | undefined;
    }
  | { readonly kind: 'attach'; readonly pids: readonly number[] };
