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

/**
 * The program was killed before its first instruction: by the kernel, which learns only after it has given up the old
 * program that it cannot load the new one (execve(2)), or by anybody.
 */
export class KilledInLaunch extends LaunchError {
  constructor(
    program: string,
    readonly signal: number,
  ) {
    super(program, 'execve', 0);
    this.message = `${program} was killed by signal ${signal} while it was executed`;
  }
}
