/** Reads the recording it is given; says what an event cost, and how much memory grew in the course of it. */
import { readTraceBatches } from '../../src/output/recording/reader.js';
import { median } from './measure.js';

async function main(path: string): Promise<void> {
  const start = process.cpuUsage();
  const samples: number[] = [];
  let events = 0;
  for await (const batch of readTraceBatches(path)) {
    events += batch.length;
    samples.push(process.memoryUsage.rss() / 1024);
  }
  const { user, system } = process.cpuUsage(start);
  const part = (tenth: number): readonly number[] =>
    samples.slice((samples.length * tenth) / 10, (samples.length * (tenth + 1)) / 10);
  // V8 lets its heap of garbage grow to what suits it for some two hundred thousand events.
  const grownKiB = Math.max(0, Math.round(median(part(9)) - median(part(5))));
  console.log(`events ${events}\nelapsed_ns ${1000 * (user + system)}\ngrown_kib ${grownKiB}`);
}

void main(process.argv[2] ?? '');
