/** The kinds of failure that cross layers; everything else that is thrown is our bug. */

/** Something the user can mend. Printed as one line; `hint` says what to do. */
export class UserError extends Error {
  override readonly name: string = 'UserError';

  constructor(
    message: string,
    readonly hint?: string,
    /** Exit status of the command, see docs/exit-status.md. */
    readonly status: UserErrorStatus = 'failed',
  ) {
    super(message);
  }
}

/** 'usage': the command line is wrong. 'failed': it is right but cannot be done. */
export type UserErrorStatus = 'usage' | 'failed' | 'cannot-execute' | 'not-found';

/** errno(3): this process has as many files open as it may (EMFILE), or the system has (ENFILE). */
export function lackOfDescriptors(error: unknown): 'EMFILE' | 'ENFILE' | undefined {
  // A SystemError of ours, or one of Node.js.
  const code = error instanceof SystemError ? error.errno : codeOf(error);
  if (code === 24 || code === 'EMFILE') return 'EMFILE';
  return code === 23 || code === 'ENFILE' ? 'ENFILE' : undefined;
}

/** What can be done about {@link lackOfDescriptors}. */
export function tooFewDescriptors(code: 'EMFILE' | 'ENFILE'): UserError {
  return code === 'EMFILE'
    ? new UserError('there are too few file descriptors', 'raise the limit: ulimit -n 1024')
    : new UserError('the system has no file descriptor left', 'raise fs.file-max');
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** A system call failed in a way that the caller did not provide for. */
export class SystemError extends Error {
  override readonly name = 'SystemError';

  constructor(
    /** The C function, for example `ptrace(PTRACE_SEIZE)`. */
    readonly call: string,
    readonly errno: number,
    readonly errnoName: string,
    /** What it was about: `process 42`, a path; may be empty. */
    readonly subject = '',
  ) {
    super(`${call}${subject === '' ? '' : ` for ${subject}`} failed: ${errnoName}`);
  }
}

/** The thread we asked about no longer exists (ESRCH). Its exit status follows through wait. */
export class TraceeGone extends Error {
  override readonly name = 'TraceeGone';

  constructor(readonly tid: number) {
    super(`thread ${tid} is gone`);
  }
}

/** A thread that was waited for has not stopped, and whoever was asked for patience has none left. It may stop later. */
export class DoesNotStop extends Error {
  override readonly name = 'DoesNotStop';

  constructor(readonly tid: number) {
    super(`thread ${tid} does not stop`);
  }
}

/** Does something with a tracee that may end meanwhile: then the rest is not done, and undefined returned. */
export function unlessGone<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof TraceeGone) return undefined;
    throw error;
  }
}
