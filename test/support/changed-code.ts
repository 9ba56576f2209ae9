/** The code that a process has in memory, against the files that it was mapped from. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

const MAPPING = /^([0-9a-f]+)-([0-9a-f]+) r.x. ([0-9a-f]+) \S+ \d+ +(\/.*)$/;

/** Where code in memory is not what the file holds: `PATH+OFFSET: BYTE`, hexadecimal. */
export function changedCode(pid: number): string[] {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    return readFileSync(`/proc/${pid}/maps`, 'latin1')
      .split('\n')
      .flatMap((line) => {
        const [, start = '', end = '', offset = '', path = ''] = MAPPING.exec(line) ?? [];
        return path === ''
          ? []
          : differences(memory, path, {
              start: parseInt(start, 16),
              end: parseInt(end, 16),
              offset: parseInt(offset, 16),
            });
      });
  } finally {
    closeSync(memory);
  }
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

function differences(memory: number, path: string, { start, end, offset }: Range): string[] {
  const file = openSync(path, 'r');
  const theirs = Buffer.alloc(end - start);
  const ours = Buffer.alloc(end - start);
  const size = Math.min(
    readSync(file, theirs, 0, theirs.length, offset),
    readSync(memory, ours, 0, ours.length, start),
  );
  closeSync(file);
  expect(size).toBeGreaterThan(0);
  const found: string[] = [];
  for (let at = 0; at < size; at++) {
    if (ours[at] === theirs[at]) continue;
    found.push(`${path}+${(offset + at).toString(16)}: ${ours[at]?.toString(16) ?? ''}`);
  }
  return found;
}
