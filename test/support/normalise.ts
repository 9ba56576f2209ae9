/** Takes out of a transcript what differs from run to run: addresses, process ids, times. */

export interface Normalisation {
  readonly addresses?: boolean;
  readonly pids?: boolean;
  readonly times?: boolean;
}

/** All three, unless told otherwise. */
export function normalise(text: string, what: Normalisation = {}): string {
  let result = text;
  if (what.times !== false) {
    result = result
      .replace(/ <\d+\.\d{6}>$/gm, ' <TIME>')
      .replace(/\b\d{2}:\d{2}:\d{2}(\.\d{6})?\b/g, 'CLOCK')
      .replace(/\b\d{10}\.\d{6}\b/g, 'EPOCH');
  }
  if (what.addresses !== false) result = result.replace(/0x[0-9a-f]{5,16}\b/g, 'ADDR');
  if (what.pids !== false) {
    result = result.replace(/\[pid \d+\]/g, '[pid PID]').replace(/^\d+ (?=\S)/gm, 'PID ');
  }
  return result;
}
