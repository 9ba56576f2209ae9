/** What the documents take for granted, for the folder in which their commands run: programs, files, servers, a process. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inProject } from './project.js';
import { freePort } from './free-port.js';
import { startProgram, type Running } from './run-tsltrace.js';
import { makeCertificates, withTlsServer, type Certificates } from './tls-servers.js';
import { debianPython, hasTool } from './toolchain.js';

const FILES: Readonly<Record<string, readonly string[]>> = {
  // Of docs/frames.md, which shows lines 4 and 9.
  'client.py': [
    'import ssl',
    '',
    'def context():',
    '    return ssl.create_default_context()',
    '',
    '',
    'def fetch():',
    '    """One for each host."""',
    '    return [context() for host in ["localhost"]]',
    '',
    'fetch()',
  ],
  'fetch.py': ['import ssl', 'ssl.create_default_context()'],
  'ask.pl': ['sub ask { getppid() } ask(); ask();'],
  'hello.c': ['#include <unistd.h>', 'int main(void) {', '  return getppid() == 0;', '}'],
  Makefile: ['all:', '\t@ls >/dev/null'],
  'fetch.js': [
    "require('node:https').get(process.argv[2], (r) => r.resume())",
    "  .on('error', () => (process.exitCode = 1));",
  ],
  'session.py': [
    'import sys, requests, warnings',
    "warnings.simplefilter('ignore')",
    '',
    'def fetch(session, **how):',
    '    return session.get(sys.argv[1], **how)',
    '',
    'session = requests.Session()',
    'fetch(session, verify=False)',
    'fetch(session)',
  ],
  'tls13-only.cnf': [
    'openssl_conf = all',
    '[all]',
    'ssl_conf = ssl',
    '[ssl]',
    'system_default = system',
    '[system]',
    'MinProtocol = TLSv1.3',
  ],
};

/** Programs whose names say what they are for. */
const PROGRAMS: Readonly<Record<string, string>> = {
  service: '#!/bin/sh\nexec ls / >/dev/null\n',
  'run-tests': '#!/bin/sh\nexec ls / >/dev/null\n',
};

/** What a checkout that is built has, with the command on the path and what documents name. */
export function layOut(folder: string): void {
  for (const name of ['dist', 'docs', 'examples', 'node_modules', 'package.json'])
    symlinkSync(inProject(name), join(folder, name));
  mkdirSync(join(folder, 'bin'));
  symlinkSync(debianPython() ?? '/usr/bin/python3', join(folder, 'bin/python3'));
  writeProgram(
    join(folder, 'bin/tsltrace'),
    `#!/bin/sh\nexec ${process.execPath} ${join(folder, 'dist/tsltrace.js')} "$@"\n`,
  );
  for (const [name, lines] of Object.entries(FILES))
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  for (const [name, text] of Object.entries(PROGRAMS)) writeProgram(join(folder, name), text);
  for (const name of ['runs', 'audits']) mkdirSync(join(folder, name));
}

function writeProgram(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

/** Numbers in documents that stand for those of this run. */
const PROCESS = /\b1234\b/g;
const SERVER_PORT = /\b14433\b/g;
const PROXY_PORT = /\b14434\b/g;

/** Runs the commands with what they name being there: a process that uses zlib, a server with a certificate of nobody. */
export async function withStandIns<T>(
  folder: string,
  commands: string,
  run: (commands: string) => Promise<T>,
): Promise<T> {
  if (/\.\/hello\b/.test(commands) && hasTool('gcc')) {
    execFileSync('gcc', ['-g', '-o', 'hello', join(folder, 'hello.c')], { cwd: folder });
  }
  if (commands.search(PROCESS) !== -1) {
    return withProcess((pid) => withoutProcess(commands.replace(PROCESS, `${pid}`)));
  }
  return withoutProcess(commands);

  async function withoutProcess(text: string): Promise<T> {
    if (text.search(SERVER_PORT) === -1 && text.search(PROXY_PORT) === -1) return run(text);
    const proxy = `${await freePort()}`;
    return withServer(folder, proxy, (port) =>
      run(text.replace(SERVER_PORT, port).replace(PROXY_PORT, proxy)),
    );
  }
}

/**
 * It ends by itself soon enough for a trace that waits for that: three seconds after it is first traced, however long
 * the commands before take.
 */
const CHECKS = `
import time, zlib
print("ready", flush=True)
def is_traced():
    return "TracerPid:\\t0\\n" not in open("/proc/self/status").read()
def work(times, until=lambda: False):
    while times > 0 and not until():
        times -= 1
        zlib.crc32(b"a")
        time.sleep(0.05)
work(600, is_traced)
work(60)
`;

async function withProcess<T>(use: (pid: number) => Promise<T>): Promise<T> {
  const running: Running = startProgram(['/usr/bin/python3', '-c', CHECKS]);
  try {
    await running.sees(/ready/);
    return await use(running.pid);
  } finally {
    running.kill('SIGKILL');
    await running.finished();
  }
}

function withServer<T>(
  folder: string,
  proxy: string,
  use: (port: string) => Promise<T>,
): Promise<T> {
  const certificates = makeCertificates(folder);
  return withTlsServer('http', certificates.selfSigned, (port) => {
    writeFileSync(
      join(folder, 'nginx.conf'),
      nginxConfiguration(folder, certificates, { proxy, port }),
    );
    return use(port);
  });
}

function nginxConfiguration(
  folder: string,
  { good }: Certificates,
  { proxy, port }: { readonly proxy: string; readonly port: string },
): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  return [
    `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;`,
    'events { worker_connections 64; }',
    `http { access_log off; ${temporary.join(' ')}`,
    `server { listen 127.0.0.1:${proxy} ssl; ssl_certificate ${good.certificate};`,
    `ssl_certificate_key ${good.key}; ssl_protocols TLSv1.2 TLSv1.3;`,
    `location / { proxy_pass https://127.0.0.1:${port}; } } }`,
    '',
  ].join('\n');
}
