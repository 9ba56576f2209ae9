#!/usr/bin/env node
// Damages handshakes at random and cuts them at random, for the tap of records and the parser behind it:
// node scripts/fuzz-handshakes.js [SECONDS] [SEED]. Fails for any error but that of the parser itself, for a read out
// of bounds, for memory that grows with what a message announces, and for slowness; prints the seed that repeats it.
'use strict';
const { generator } = require('./damage-elf.js');
const { RecordTap } = require('../dist/src/lens/tls/record-tap.js');
const { Conversation } = require('../dist/src/audit/wire/conversation.js');
const { wireFacts } = require('../dist/src/audit/report/connection-facts.js');
const records = require('../dist/test/support/tls-records.js');

const seconds = Number(process.argv[2] ?? 60);
const firstSeed = Number(process.argv[3] ?? Date.now() % 1e9);
/** Ten thousand bytes are parsed in well under a millisecond; a pause of the machine is none of ours. */
const SLOW_MS = 2000;
const MOST_DAMAGES = 12;
const RANGE = 2 ** 24;

const STREAMS = [
  [
    'sent',
    () =>
      records.handshakeRecord(
        records.clientHello({ serverName: 'example.test', protocols: ['h2'] }),
      ),
  ],
  [
    'received',
    () => records.handshakeRecord(records.serverHello({ version: 0x0304, group: 0x1d })),
  ],
  ['received', () => records.handshakeRecord(records.serverHello({}))],
  ['sent', () => records.dtlsClientHello([1, 2, 3, 4])],
  ['sent', () => records.quicInitial()],
  ['received', () => records.record(22, [11, 0, 0, 10, 0, 0, 7, 0, 0, 4, 0x30, 2, 5, 0])],
  ['received', () => records.record(22, [12, 0, 0, 4, 3, 0, 0x1d, 1])],
  ['sent', () => records.dataRecord(40)],
];

/** Reading beyond its end is a fault that memory of a tracee would hide. */
class Bounded {
  constructor(bytes) {
    this.bytes = bytes;
    this.length = bytes.length;
  }

  read(offset, into) {
    if (offset < 0 || offset > this.length)
      throw new RangeError(`read at ${offset} of ${this.length}`);
    const part = this.bytes.slice(offset, offset + into.length);
    into.set(part);
    return part.length;
  }
}

function damaged(bytes, random) {
  const copy = [...bytes];
  for (let left = Math.floor(random() * MOST_DAMAGES); left > 0; left--) {
    const at = Math.floor(random() * copy.length);
    const how = random();
    if (how < 0.6) copy[at] = Math.floor(random() * 256);
    else if (how < 0.8) copy.splice(at, Math.floor(random() * 8));
    else copy.splice(at, 0, ...Array.from({ length: Math.floor(random() * 8) }, () => 0xff));
  }
  return copy;
}

function run(seed) {
  const next = generator(seed);
  const random = () => next(RANGE) / RANGE;
  const conversation = new Conversation();
  const taps = { sent: new RecordTap(), received: new RecordTap() };
  for (let passed = 0; passed < 6; passed++) {
    const [direction, make] = STREAMS[Math.floor(random() * STREAMS.length)];
    const bytes = damaged(make(), random);
    for (let at = 0; at < bytes.length;) {
      const size = random() < 0.5 ? bytes.length : 1 + Math.floor(random() * 9);
      const kept = taps[direction].take(new Bounded(bytes.slice(at, at + size)));
      if (kept.length > 0) conversation.take(direction, kept);
      at += size;
    }
  }
  wireFacts(conversation);
}

const until = Date.now() + seconds * 1000;
let seed = firstSeed;
for (; Date.now() < until; seed++) {
  const started = Date.now();
  try {
    run(seed);
    if (Date.now() - started > SLOW_MS) throw new Error(`took ${Date.now() - started} ms`);
  } catch (error) {
    console.log(`seed ${seed}: ${error.stack}`);
    process.exit(1);
  }
}
console.log(`${seed - firstSeed} conversations, none fails`);
