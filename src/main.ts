#!/usr/bin/env node
/** The command. */
import './standard-streams.js'; // first, see there
import { writeSync } from 'node:fs';
import { exactWord } from './base/address.js';
import { silentLog } from './base/debug-log.js';
import { UserError } from './base/errors.js';
import { toProcessId } from './base/ids.js';
import type { EngineOptions } from './engine/engine-options.js';
import { parseCallFilter, parseFunctionFilter } from './filter/parse-filter.js';
import { LinuxKernel } from './kernel/linux/linux-kernel.js';
import type { CallCapture } from './lens/stopped-call.js';
import { DescriptorTarget, openFileTarget, OutputStream } from './output/output-stream.js';
import { DEFAULT_TEXT_OPTIONS } from './output/text/text-options.js';
import { TextSink } from './output/text-sink.js';
import { runSession, type SessionEnd } from './session.js';
import type { IntegerValue } from './trace/value.js';

/** rdi rsi rdx rcx and rax in struct user_regs_struct: four words of unknown type, until prototypes are read. */
const ARGUMENTS = [112, 104, 96, 88];
const RESULT = 80;

const guess = (value: number | bigint): IntegerValue => ({
  kind: 'integer',
  value,
  bits: 64,
  signed: true,
  style: 'guess',
});

const fourWords: CallCapture = {
  enter: (at) => ({
    args: ARGUMENTS.map((offset) => ({ value: guess(exactWord(at.registers, offset)) })),
  }),
  leave: (at) => {
    const rawResult = exactWord(at.registers, RESULT);
    return { result: guess(rawResult), rawResult, outArgs: [] };
  },
};

interface Parsed {
  readonly values: Map<string, string[]>;
  readonly command: readonly string[];
}

function parse(words: readonly string[]): Parsed {
  const values = new Map<string, string[]>();
  let at = 0;
  for (; words[at]?.startsWith('-') === true; at++) {
    const option = words[at] ?? '';
    const value = option === '-f' ? '' : (words[++at] ?? '');
    values.set(option, [...(values.get(option) ?? []), value]);
  }
  return { values, command: words.slice(at) };
}

function engineOptions({ values, command }: Parsed): EngineOptions {
  const calls = values.get('-e') ?? (values.has('-x') ? [] : ['@MAIN']);
  const environment = Object.entries(process.env).map(([name, text]) => `${name}=${text ?? ''}`);
  const [program] = command;
  return {
    targets: [
      ...(values.get('-p') ?? []).map((pid) => ({
        kind: 'attach' as const,
        pid: toProcessId(Number(pid)),
      })),
      ...(program === undefined
        ? []
        : [{ kind: 'launch' as const, spec: { program, argv: command, environment } }]),
    ],
    command,
    version: '0.1.0',
    follow: { kind: values.has('-f') ? 'all' : 'none' },
    detachLimit: { kind: 'never' },
    calls: calls.map((text) => parseCallFilter(text)),
    libraries: [],
    functions: (values.get('-x') ?? []).map((text) => parseFunctionFilter(text)),
    syscalls: { kind: 'none' },
    captures: { forFunction: () => fourWords, forSyscall: () => fourWords },
    where: 'every-call',
    backtraceFrames: 0,
    cpuTime: false,
  };
}

function run(parsed: Parsed): SessionEnd {
  const kernel = LinuxKernel.open({ signals: 'leaving', descriptors: 'inherited', spin: 'auto' });
  const [file] = parsed.values.get('-o') ?? [];
  const stream =
    file === undefined
      ? new OutputStream(new DescriptorTarget(2, 'standard error', 'borrowed'), 'immediate')
      : new OutputStream(openFileTarget(file, 'truncate'), 'buffered');
  const sink = new TextSink(stream, {
    ...DEFAULT_TEXT_OPTIONS,
    caller: parsed.values.has('-e') ? 'show' : 'hide',
    pid: parsed.values.has('-f') ? (file === undefined ? 'bracket' : 'plain') : 'none',
  });
  try {
    return runSession({ kernel, options: engineOptions(parsed), sink, log: silentLog });
  } finally {
    kernel.close();
  }
}

function main(): void {
  try {
    const { launched } = run(parse(process.argv.slice(2)));
    if (launched.kind === 'exited') process.exitCode = launched.code;
    if (launched.kind === 'killed') process.kill(process.pid, launched.signal);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    writeSync(2, `tsltrace: ${error.message}\n`);
    process.exitCode = 125;
  }
}

main();
