/** A function of libc looks the same whether our prototype describes it or the debug information of libc6-dbg. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PrototypeFile } from '../../src/prototype/conf/prototype-file.js';
import { buildProgram } from '../support/build-programs.js';
import { inProject } from '../support/project.js';
import { runProgram } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';

const itHasDebugLibc = skipUnless(hasDebugInformation(), 'needs libc6-dbg');

describe('prototypes from the debug information of libc', () => {
  itHasDebugLibc(
    'show what the bundled ones show',
    () =>
      withTemporaryFolder(async (folder) => {
        const program = buildProgram('calls-libc', { flags: ['-Wl,--no-as-needed', '-lm'] });
        const ours = await calls(inProject('dist/tsltrace.js'), program, folder);
        expect(ours.length).toBeGreaterThan(15);
        // Nothing else describes them, so that without our prototypes only debug information is left.
        expect(ours.filter((line) => inLtraceConf(line.slice(0, line.indexOf('('))))).toEqual([]);
        const debugs = await calls(withoutPrototypes(folder), program, folder);
        expect(debugs).toEqual(ours);
      }),
    60_000,
  );
});

/** Lines of a trace of `program` by the tsltrace whose command is the file `command`. */
async function calls(command: string, program: string, folder: string): Promise<string[]> {
  const trace = join(folder, 'trace');
  const run = await runProgram([process.execPath, command, '-o', trace, program], {
    env: { HOME: folder },
  });
  expect(run).toMatchObject({ status: 0, stderr: '' });
  return readFileSync(trace, 'latin1')
    .split('\n')
    .filter((line) => /^\w+\(/.test(line));
}

/** The package as it is installed, but for our prototypes; returns its command. */
function withoutPrototypes(folder: string): string {
  const dist = join(folder, 'dist');
  mkdirSync(join(dist, 'src/prototype/bundled'), { recursive: true });
  cpSync(inProject('dist/bundle'), join(dist, 'bundle'), { recursive: true });
  cpSync(inProject('dist/tsltrace.js'), join(dist, 'tsltrace.js'));
  cpSync(inProject('package.json'), join(folder, 'package.json'));
  symlinkSync(inProject('node_modules'), join(folder, 'node_modules'));
  return join(dist, 'tsltrace.js');
}

function inLtraceConf(name: string): boolean {
  const path = '/etc/ltrace.conf';
  if (!existsSync(path)) return false;
  return new PrototypeFile(path, readFileSync(path, 'utf8')).findPrototype(name) !== undefined;
}

/** By the build id, where Debian puts it. */
function hasDebugInformation(): boolean {
  const libc = '/lib/x86_64-linux-gnu/libc.so.6';
  const { stdout } = spawnSync('readelf', ['-n', libc], { encoding: 'utf8' });
  const id = /Build ID: ([0-9a-f]+)/.exec(stdout)?.[1] ?? '';
  return existsSync(`/usr/lib/debug/.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`);
}
