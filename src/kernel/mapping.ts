/** A line of /proc/PID/maps (proc_pid_maps(5)). */
export interface Mapping {
  readonly start: number;
  readonly end: number;
  readonly executable: boolean;
  /** '' for anonymous memory; '[stack]', '[vdso]'; a path, perhaps with ' (deleted)'. */
  readonly path: string;
  /** Of `start` in the file, bytes. */
  readonly offset: number;
  /** Device and inode as in proc_pid_maps(5), `fd:01 1234`; '' where no file is mapped. */
  readonly file: string;
}
