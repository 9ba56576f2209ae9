/** What a program is started with. */

/** What execve is given: text, or bytes where they are not UTF-8. Must not contain a NUL. */
export type ExecString = string | Uint8Array;

export interface LaunchSpec {
  /** Path that execve gets; already looked up in PATH. */
  readonly program: string;
  readonly argv: readonly ExecString[];
  /** `NAME=value` strings; see `kernel/linux/launching/inherited.ts` for ours as they came. */
  readonly environment: readonly ExecString[];
  /** Become this user before exec (`-u`). */
  readonly identity?: {
    readonly uid: number;
    readonly gid: number;
    readonly groups: readonly number[];
  };
  /** An absolute path that it starts in. Default: where this process is. */
  readonly workingDirectory?: string;
  /** Its descriptors. Default: those that this process was started with. */
  readonly descriptors?: readonly GivenDescriptor[];
}

/** A descriptor of ours that a program gets. One that it has as `as` must not be that of another that it gets. */
export interface GivenDescriptor {
  readonly descriptor: number;
  /** The number that it has there. */
  readonly as: number;
}
