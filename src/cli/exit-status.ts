/** How the command ends, see docs/exit-status.md. */
import type { UserErrorStatus } from '../base/errors.js';

/** tsltrace itself failed: the number that env(1), timeout(1) and nohup(1) use for themselves. */
export const OWN_FAILURE = 125;
/** POSIX shells: found, but cannot be executed. */
export const CANNOT_EXECUTE = 126;
/** POSIX shells: not found. */
export const NOT_FOUND = 127;
/** The command line is wrong, as bash and most of GNU say. */
export const USAGE = 2;
/** `--fail-if-called`: it was. Below the numbers of an audit, which commands rarely use either. */
export const CALLED = 119;
/** `--fail-unless-called`: it was not. */
export const NOT_CALLED = 118;
/** `--compare`: the recordings differ, as diff(1) says. */
export const DIFFERENT = 1;

const STATUS_OF_ERROR: Readonly<Record<UserErrorStatus, number>> = {
  usage: USAGE,
  failed: OWN_FAILURE,
  'cannot-execute': CANNOT_EXECUTE,
  'not-found': NOT_FOUND,
};

export function statusOfError(status: UserErrorStatus): number {
  return STATUS_OF_ERROR[status];
}
