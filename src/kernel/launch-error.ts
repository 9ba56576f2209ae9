/** Why a program could not be started. */
import { describeErrno } from '../base/errno-names.js';

/** The step that failed: before the child existed, becoming what it should be, or executing the program. */
export type LaunchStep =
  'prepare' | 'setgroups' | 'setgid' | 'setuid' | 'execve' | 'dup3' | 'chdir';

export class LaunchError extends Error {
  override readonly name = 'LaunchError';

  constructor(
    readonly program: string,
    readonly step: LaunchStep,
    readonly errno: number,
  ) {
    super(`${step} for ${program} failed: ${describeErrno(errno)}`);
  }
}
