/** One run of every fixture program, written live in several ways; its recording gives the same, byte for byte. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { configure } from '../../src/cli/configure.js';
import { readSurroundings } from '../../src/cli/surroundings.js';
import { runRead } from '../../src/commands/read-recordings.js';
import { CORPUS, corpusCommand, runsByItself } from '../support/corpus.js';
import { inProject } from '../support/project.js';
import type { RecordJob } from '../support/record-driver.js';
import { runProgram, runTsltrace, type Run } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { debianPython, hasPythonModule, hasTool, needs } from '../support/toolchain.js';

const DRIVER = inProject('dist/test/support/record-driver.js');
const RECORDING = 'run.ndjson';

/** Ways to write a trace, by the file each goes to. */
type Ways = Readonly<Record<string, readonly string[]>>;

const FEW_WAYS: Ways = {
  'plain.txt': ['-a', '50'],
  'rich.txt': ['-i', '-n', '2', '-T', '-ttt', '-C', '-a', '70'],
  'table.txt': ['-c', '--group-by', 'caller'],
};

const ALL_WAYS: Ways = {
  ...FEW_WAYS,
  'relative.txt': ['-r', '--color=always'],
  'failed.txt': ['-Z', '-tt'],
  'table.json': ['-c', '--summary-format', 'json'],
  'chrome.json': ['--format', 'chrome'],
};

interface Recorded {
  readonly run: Run;
  readonly folder: string;
  readonly ways: Ways;
  /** The options that chose what is seen. */
  readonly options: readonly string[];
}

async function record(
  job: Omit<RecordJob, 'outputs'>,
  folder: string,
  ways: Ways,
): Promise<Recorded> {
  const outputs = [...Object.entries(ways), [RECORDING, []] as const].map(([file, words]) => [
    ...words,
    '-o',
    join(folder, file),
  ]);
  const run = await runProgram([process.execPath, DRIVER, JSON.stringify({ ...job, outputs })], {
    timeoutMs: 60_000,
  });
  return { run, folder, ways, options: job.options };
}

const schema = JSON.parse(readFileSync(inProject('docs/trace-schema.json'), 'utf8')) as object;
const isEvent = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(
  schema,
);

/** Checks every line of the recording against the schema. */
function expectValid(path: string): readonly { readonly kind: string }[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const event = JSON.parse(line) as { readonly kind: string };
    if (!isEvent(event)) throw new Error(`${line}\n${JSON.stringify(isEvent.errors, null, 1)}`);
    return event;
  });
}

/** Byte for byte; a difference of megabytes is told by its first line. */
function expectSame(got: string, wanted: string, file: string): void {
  if (got === wanted) return;
  const [lines, others] = [got.split('\n'), wanted.split('\n')];
  const at = lines.findIndex((line, index) => line !== others[index]);
  const around = (all: readonly string[]): readonly string[] =>
    all.slice(Math.max(0, at - 2), at + 3);
  expect({ file, line: at, lines: around(lines) }).toEqual({
    file,
    line: at,
    lines: around(others),
  });
  expect(lines.length).toBe(others.length);
}

/** Makes text, tables, Chrome's format and the recording itself from the recording, and compares. */
async function expectSameFromRecording(
  { folder, ways, options }: Recorded,
  read: (words: readonly string[]) => Promise<void>,
): Promise<void> {
  const recording = join(folder, RECORDING);
  for (const [file, words] of Object.entries({ ...ways, [RECORDING]: [] })) {
    const again = join(folder, `again-${file}`);
    await read(['--read', recording, ...options, ...words, '-o', again]);
    const live = readFileSync(join(folder, file), 'utf8');
    expect(live).not.toBe('');
    expectSame(readFileSync(again, 'utf8'), live, file);
  }
}

/** In this process: a few hundred starts of the command would take most of the time. */
async function readHere(words: readonly string[]): Promise<void> {
  const around = readSurroundings({ windowColumns: () => 0, version: 'test', report: fail });
  const request = configure(words, around);
  if (request.kind !== 'read' || request.output.destination.kind === 'command') {
    throw new Error(`${words.join(' ')} reads no recording`);
  }
  await runRead(request, { destination: request.output.destination, report: fail });
}

function fail(line: string): never {
  throw new Error(line);
}

async function readByCommand(words: readonly string[]): Promise<void> {
  expect(await runTsltrace(words)).toMatchObject({ status: 0, stdout: '', stderr: '' });
}

describe('the recording of a run gives what was written live, and fits the schema:', () => {
  const everything = ['-f', '-S', '-y', '-s', '100', '-e', '@MAIN', '-x', 'main'];
  for (const [group, programs] of Object.entries(CORPUS)) {
    skipUnless(hasTool('gcc') && hasTool('g++'), needs('g++'))(group, () =>
      withTemporaryFolder(async (folder) => {
        const command = corpusCommand(programs);
        const recorded = await record({ options: everything, command }, folder, FEW_WAYS);
        expect(recorded.run.timedOut).toBe(false);
        const events = expectValid(join(folder, RECORDING));
        expect(events[0]?.kind).toBe('session-started');
        expect(events.at(-1)?.kind).toBe('coverage');
        expect(events.filter(({ kind }) => kind === 'return').length).toBeGreaterThan(0);
        await expectSameFromRecording(recorded, readHere);
      }),
    );
  }

  it('and no program of test/programs is left out', () => {
    const programs = readdirSync(inProject('test/programs')).filter(runsByItself);
    const known = Object.values(CORPUS).flatMap((group) => group.map(({ name }) => name));
    expect(programs.map((file) => file.replace(/\.\w+$/, '')).sort()).toEqual([...known].sort());
  });

  skipUnless(
    debianPython() !== undefined && hasPythonModule('ssl') && hasTool('openssl'),
    'needs /usr/bin/python3 and openssl (Debian packages)',
  )('a TLS handshake in Python', () =>
    withTemporaryFolder(async (folder) => {
      const options = ['-e', 'SSL_*@*+BIO_*@*', '-s', '64', '-w', '4'];
      const command = [debianPython() ?? '', inProject('test/programs/tls-handshake.py'), folder];
      const recorded = await record({ options, command }, folder, ALL_WAYS);
      expect(recorded.run).toMatchObject({ status: 0, stdout: 'TLSv1.3 hello\n', stderr: '' });
      const events = expectValid(join(folder, RECORDING));
      expect(events.filter(({ kind }) => kind === 'return').length).toBeGreaterThan(200);
      expect(readFileSync(join(folder, 'plain.txt'), 'utf8')).toContain('->SSL_do_handshake(');
      await expectSameFromRecording(recorded, readByCommand);
    }),
  );
});
