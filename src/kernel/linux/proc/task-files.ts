/** The files of one task: its program, what it has mapped, what it would find at a path. */
import type { BigIntStats } from 'node:fs';

import type { Mapping } from '../../mapping.js';
import type { ImageFile, MappedFile, TraceeFiles } from '../../tracee-files.js';
import type { MappingQuery } from './mapping-query.js';
import { resolveInside, sharesOurMounts, sharesOurRoot } from './path-in-root.js';
import { readMappings } from './procfs.js';

const DELETED = ' (deleted)';
/** Each takes three system calls; a line of /proc/PID/maps takes a microsecond. */
const MOST_QUERIES = 8;

/** Opens the regular file at the path, if it is one that is meant. */
type OpenRegular = (
  path: string,
  isMeant: (stats: BigIntStats) => boolean,
) => ImageFile | undefined;

export class TaskFiles implements TraceeFiles {
  private known: readonly Mapping[] | undefined;
  private hasOurRoot: boolean | undefined;
  private queries = 0;

  constructor(
    private readonly task: number,
    private readonly openRegular: OpenRegular,
    private readonly query: MappingQuery,
  ) {}

  get mappings(): readonly Mapping[] {
    return (this.known ??= readMappings(this.task));
  }

  mappingAt(address: number): Mapping | undefined {
    // For some, one by one; for more, all at once.
    if (this.known === undefined && this.queries++ < MOST_QUERIES) {
      const found = this.query.at(this.task, address);
      if (found === 'none') return undefined;
      if (found !== 'unknown') return found;
    }
    const { mappings } = this;
    let low = 0;
    let high = mappings.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((mappings[middle]?.end ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    const found = mappings[low];
    return found !== undefined && found.start <= address ? found : undefined;
  }

  program(): ImageFile | undefined {
    return this.openRegular(`/proc/${this.task}/exe`, any);
  }

  mapped(mapping: Mapping, knownAs: string): MappedFile {
    if (mapping.file === '') return { kind: 'similar', files: [] };
    const paths = this.pathsOf(mapping, knownAs);
    for (const path of paths) {
      const file = this.openRegular(path, (stats) => numbersOf(stats) === mapping.file);
      if (file !== undefined) return { kind: 'same', file };
    }
    // Leads to the file wherever it is, but takes CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN (proc_pid_map_files(5)).
    const linked = this.openRegular(mapFilePath(this.task, mapping), any);
    if (linked !== undefined) return { kind: 'same', file: linked };
    const files = paths.map((path) => this.openRegular(path, any));
    return { kind: 'similar', files: files.filter((file) => file !== undefined) };
  }

  open(path: string): ImageFile | undefined {
    return path.startsWith('/') ? this.openRegular(this.inRoot(path), any) : undefined;
  }

  /** Where the file may be found, best first. The kernel's ` (deleted)` may be part of a name as well. */
  private pathsOf({ path }: Mapping, knownAs: string): readonly string[] {
    const paths = new Set<string>();
    for (const named of [knownAs, path]) {
      if (!named.startsWith('/') || named.startsWith('/proc/')) continue;
      paths.add(this.inRoot(named));
      if (named.endsWith(DELETED)) paths.add(this.inRoot(named.slice(0, -DELETED.length)));
    }
    if (path.startsWith('/') && this.hasOurRoot === false && sharesOurMounts(this.task)) {
      paths.add(path);
    }
    return [...paths];
  }

  /** The path as we must open it so that we get what the process would get. */
  private inRoot(path: string): string {
    const root = `/proc/${this.task}/root`;
    this.hasOurRoot ??= sharesOurRoot(this.task);
    return this.hasOurRoot ? path : (resolveInside(root, path) ?? root + path);
  }
}

const any = (): boolean => true;

function mapFilePath(task: number, mapping: Mapping): string {
  return `/proc/${task}/map_files/${mapping.start.toString(16)}-${mapping.end.toString(16)}`;
}

/** Device and inode as /proc/PID/maps writes them. */
function numbersOf({ dev, ino }: BigIntStats): string {
  // makedev(3): the lower halves of both numbers come first, major before minor.
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n);
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n);
  return `${twoDigits(major)}:${twoDigits(minor)} ${ino}`;
}

const twoDigits = (value: bigint): string => value.toString(16).padStart(2, '0');
