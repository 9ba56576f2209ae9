/** Numbers as people read them. */

const UNITS = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
] as const;

/** @param ns nanoseconds */
export function duration(ns: number): string {
  if (ns < 0) return 'never returned';
  for (const [size, unit] of UNITS) {
    if (ns >= size) return `${significant(ns / size)} ${unit}`;
  }
  return `${Math.round(ns)} ns`;
}

function significant(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function count(value: number): string {
  return value.toLocaleString('en');
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function times(count: number): string {
  return count === 1 ? 'once' : plural(count, 'time');
}

/** Round numbers between two, some of them: for axes. */
export function ticks(from: number, to: number, most: number): readonly number[] {
  const rough = (to - from) / Math.max(1, most);
  if (!(rough > 0)) return [from];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(from / step);
  const all: number[] = [];
  for (let index = first; index * step <= to && all.length < 100; index++) all.push(index * step);
  return all;
}
