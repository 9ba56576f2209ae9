/**
 * `npm run bench`: prints a table and, last, one line of JSON.
 * The status is 1 when something could not be measured, whatever the figures are.
 * Words: names of groups (all without any); `--rounds N`; `--save` adds the line to the history file.
 */
import { appendFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { inProject } from '../support/project.js';
import { allGroups } from './cases.js';
import { median } from './measure.js';
import type { Group, Row } from './row.js';

interface Result {
  readonly row: Row;
  readonly values: readonly (number | undefined)[];
}

interface Arguments {
  readonly rounds: number;
  readonly groups: readonly string[];
  readonly save: boolean;
}

async function main(): Promise<void> {
  const { rounds, groups, save } = readArguments(process.argv.slice(2));
  const unknown = groups.filter((name) => !allGroups().some(({ key }) => key === name));
  if (unknown.length > 0 || !(rounds >= 1)) {
    const known = allGroups().map(({ key }) => key);
    process.stderr.write(`usage: npm run bench -- [${known.join('|')}]… [--rounds N] [--save]\n`);
    process.exitCode = 2;
    return;
  }
  const record: Record<string, number> = {};
  for (const group of allGroups()) {
    if (groups.length > 0 && !groups.includes(group.key)) continue;
    const results = await measure(group, group.rounds === 'once' ? 1 : rounds);
    print(group, results);
    for (const { row, values } of results) {
      const value = middle(values);
      // What is slow is a figure; what does not run is a failure.
      if (value === undefined) process.exitCode = 1;
      else record[`${row.name}, ${row.unit}`] = Number(value.toPrecision(4));
    }
  }
  const line = JSON.stringify({
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    kernel: release(),
    cpu: cpus()[0]?.model ?? '',
    cpus: cpus().length,
    rounds,
    results: record,
  });
  process.stdout.write(`${line}\n`);
  if (save) appendFileSync(inProject('test/bench/history.ndjson'), `${line}\n`);
}

function readArguments(words: readonly string[]): Arguments {
  const at = words.indexOf('--rounds');
  const rounds = at < 0 ? 5 : Number(words[at + 1]);
  const groups = words.filter(
    (word, index) => !word.startsWith('--') && (at < 0 || index !== at + 1),
  );
  return { rounds, groups, save: words.includes('--save') };
}

/** Row after row, then the next round: what slows the machine for a while slows all of them. */
async function measure(group: Group, rounds: number): Promise<readonly Result[]> {
  const results = group.rows.map((row) => ({ row, values: [] as (number | undefined)[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { row, values } of results) values.push(await row.measure());
  }
  return results;
}

function print(group: Group, results: readonly Result[]): void {
  process.stdout.write(`\n${group.title}\n`);
  for (const { row, values } of results) {
    const value = middle(values);
    const figure =
      value === undefined ? 'failed' : `${value.toFixed(value < 10 ? 2 : 1)} ${row.unit}`;
    const other = results.find((each) => each.row.name === row.against);
    process.stdout.write(
      `  ${row.name.padEnd(44)} ${figure.padStart(16)}  ${comparison(row, values, other?.values)}\n`,
    );
  }
}

/** Median of the ratios, or differences, of each round, and whether it is what was promised. */
function comparison(
  row: Row,
  values: Result['values'],
  others: Result['values'] | undefined,
): string {
  const { against, atMost } = row;
  if (against === undefined || others === undefined) {
    return atMost !== undefined && 'value' in atMost ? againstValue(row, values, atMost.value) : '';
  }
  const pairs = values.flatMap((value, index) => {
    const other = others[index];
    return value === undefined || other === undefined ? [] : [[value, other] as const];
  });
  if (pairs.length === 0) return '';
  const ratio = median(pairs.map(([value, other]) => value / other));
  const extra = median(pairs.map(([value, other]) => value - other));
  const text = row.unit === 'ms' ? `+${extra.toFixed(1)} ms` : `× ${ratio.toFixed(2)}`;
  const compared = `${text} (${against})`;
  if (atMost === undefined) return compared;
  if ('value' in atMost) return `${compared}, ${againstValue(row, values, atMost.value)}`;
  return 'ratio' in atMost
    ? `${compared}, × ${ratio.toFixed(2)}, target ${atMost.ratio}: ${verdict(ratio, atMost.ratio)}`
    : `${compared}, target +${atMost.extraMs} ms: ${verdict(extra, atMost.extraMs)}`;
}

function againstValue(row: Row, values: Result['values'], atMost: number): string {
  const value = middle(values);
  return value === undefined ? '' : `target ${atMost} ${row.unit}: ${verdict(value, atMost)}`;
}

function verdict(value: number, atMost: number): 'met' | 'missed' {
  return value <= atMost ? 'met' : 'missed';
}

function middle(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : median(known);
}

void main();
