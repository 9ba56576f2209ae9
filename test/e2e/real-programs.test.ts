/** Programs as they are installed: exact where it can be counted, unharmed where everything is traced. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram, startTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { debianPython, hasTool, needs } from '../support/toolchain.js';
import { traceProgram } from '../support/trace-fixture.js';
import { countCalls, readTranscript } from '../support/trace-lines.js';

const python = debianPython() ?? '';
const itHasPython = skipUnless(python !== '', 'needs /usr/bin/python3 (Debian package python3)');
const nginx = skipUnless(hasTool('nginx'), needs('nginx'));

/** Functions that node exports itself; empty where it uses the system's library. */
function exportedByNode(prefix: string): readonly string[] {
  const { stdout } = spawnSync('nm', ['-D', '--defined-only', process.execPath], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return [...stdout.matchAll(/ [TW] (\S+)$/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name.startsWith(prefix));
}

/** How often gdb sees each function entered. */
function countedByGdb(functions: readonly string[], command: readonly string[]) {
  const script = `
import gdb, json
counts = {}
class Counter(gdb.Breakpoint):
    def stop(self):
        counts[self.location[1:]] = counts.get(self.location[1:], 0) + 1
        return False
gdb.execute('set pagination off')
gdb.execute('handle SIGUSR1 nostop noprint pass')
gdb.execute('starti')
for name in json.loads(${JSON.stringify(JSON.stringify(functions))}): Counter('*' + name)
gdb.execute('continue')
print('\\ncounts ' + json.dumps(counts))
`;
  const args = ['-q', '-nx', '-batch', '-ex', `python exec(${JSON.stringify(script)})`, '--args'];
  const { stdout } = spawnSync('gdb', [...args, ...command], { encoding: 'utf8', timeout: 60_000 });
  return JSON.parse(/^counts (.*)$/m.exec(stdout)?.[1] ?? 'null') as Record<string, number>;
}

function byFunction(
  counts: Readonly<Record<string, number>>,
  functionOf: (name: string) => string,
): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const [name, count] of Object.entries(counts)) {
    sums[functionOf(name)] = (sums[functionOf(name)] ?? 0) + count;
  }
  return sums;
}

describe('node', () => {
  const functions = hasTool('gcc') ? exportedByNode('SSL_CTX') : [];

  skipUnless(
    hasTool('gdb') && functions.length > 0,
    'needs gdb, and a node with an OpenSSL inside',
  )(
    'shows the calls of its own OpenSSL with -e, as many as gdb counts',
    async () => {
      const script = 'require("tls").createSecureContext({ maxVersion: "TLSv1.2" })';
      const command = [process.execPath, '-e', script];
      const { run, trace } = await traceProgram(command, { options: ['-e', 'SSL_CTX*@*'] });
      expect(trace).toMatch(/^node->SSL_CTX_set_max_proto_version\(0x\w+, TLS1_2_VERSION\)/m);
      expect(run.status).toBe(0);
      expect(run.stderr).toContain(`${functions.length} functions are inside node itself`);
      // These two go by the names of their macros.
      const behindMacro = (name: string): string =>
        name.endsWith('_cb') ? 'SSL_CTX_callback_ctrl' : 'SSL_CTX_ctrl';
      const seen = byFunction(countCalls(trace), (name) =>
        functions.includes(name) ? name : behindMacro(name),
      );
      expect(Object.keys(seen).length).toBeGreaterThan(5);
      expect(seen).toEqual(countedByGdb(functions, command));
    },
    90_000,
  );
});

describe('everything that happens', () => {
  const COMMANDS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['in bash, by function', ['-L', '-x', '*'], ['bash', '-c', 'echo $((6 * 7)); exit 3']],
    ['in python3, by function', ['-L', '-x', '*'], [python, '--version']],
    ['in node, by function', ['-L', '-x', '*'], [process.execPath, '--version']],
    [
      'in python3, by call',
      ['-e', '*'],
      [python, '-S', '-c', 'import os; [os.getpid() for i in range(100)]'],
    ],
  ];

  for (const [what, options, command] of COMMANDS) {
    itHasPython(
      `${what}, changes nothing`,
      async () => {
        const plain = await runProgram(command);
        const { run, trace } = await traceProgram(command, { options, timeoutMs: 100_000 });
        expect(run).toMatchObject({ status: plain.status, signal: null, stdout: plain.stdout });
        const calls = countCalls(trace);
        expect(Object.keys(calls).length).toBeGreaterThan(50);
        if (options.includes('-e')) expect(calls['getpid']).toBe(100);
      },
      120_000,
    );
  }
});

const REQUESTS = 10;

function configuration(folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (what) => `${what}_temp_path ${folder}/${what};`,
  );
  return `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr error;
events { worker_connections 64; }
http { access_log off; ${temporary.join(' ')}
  server { listen unix:${folder}/socket; location / { return 200 "hello"; } } }`;
}

function request(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ socketPath, path: '/', agent: false, timeout: 20_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

describe('nginx', () => {
  nginx(
    'shows one accept4 and one writev for each request, in its worker',
    () =>
      withTemporaryFolder(async (folder) => {
        writeFileSync(join(folder, 'nginx.conf'), configuration(folder));
        const [trace, pid] = [join(folder, 'trace'), join(folder, 'pid')];
        const command = ['nginx', '-p', folder, '-c', join(folder, 'nginx.conf')];
        const traced = startTsltrace(['-f', '-e', '@nginx', '-o', trace, ...command]);
        for (let left = 300; left > 0 && !existsSync(pid); left--) await sleep(100);
        const answers = [];
        for (let i = 0; i < REQUESTS; i++) answers.push(await request(join(folder, 'socket')));
        process.kill(Number(readFileSync(pid, 'utf8')), 'SIGQUIT');
        const run = await traced.finished();
        expect(run).toMatchObject({ status: 0, signal: null, stdout: '', stderr: '' });
        expect(answers).toEqual(Array.from({ length: REQUESTS }, () => 'hello'));
        const { calls } = readTranscript(readFileSync(trace, 'utf8'));
        const of = (wanted: string) => calls.filter(({ name }) => name === wanted);
        expect(of('accept4')).toHaveLength(REQUESTS);
        expect(of('writev')).toHaveLength(REQUESTS);
        expect(new Set(of('writev').map((call) => call.pid)).size).toBe(1);
      }),
    60_000,
  );
});
