// `npm run demo`: the main job. Builds tsltrace where that has not been done, and says so. Shows which library calls which SSL_CTX function when Python makes a TLS
// context; without python3 it says so and traces a program that is there.
require('./need-node.js');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { isBuilt } = require('./built.js');

const root = path.join(__dirname, '..');
const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const command = path.join(root, manifest.bin.tsltrace);

function works(program, ...args) {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

function subject() {
  const script = 'import ssl; ssl.create_default_context()';
  // Debian's own first: it uses Debian's OpenSSL, whatever else PATH has to offer.
  for (const python of ['/usr/bin/python3', 'python3']) {
    if (works(python, '-c', 'import ssl')) return ['-e', 'SSL_CTX*@*', python, '-c', script];
  }
  if (works('openssl', 'version')) {
    note('python3 is not installed: these are the TLS calls of the openssl command');
    return ['-e', 'SSL_CTX*@*', 'openssl', 'ciphers', '-s', '-tls1_3'];
  }
  note('neither python3 nor openssl is installed: these are the TLS calls inside Node itself');
  return ['-e', 'SSL_CTX*@*', process.execPath, '-e', 'require("tls").createSecureContext()'];
}

function note(text) {
  console.error(`demo: ${text}`);
}

if (!isBuilt()) {
  note('building tsltrace first, which takes some ten seconds');
  const build = path.join(__dirname, 'prepare.js');
  const built = spawnSync(process.execPath, [build], { cwd: root, stdio: 'inherit' });
  if (built.status !== 0) process.exit(built.status ?? 1);
}
const words = subject();
console.error(
  `$ tsltrace ${words.map((word) => (/^[\w./-]+$/.test(word) ? word : `'${word}'`)).join(' ')}`,
);
const done = spawnSync(process.execPath, [command, ...words], { stdio: 'inherit' });
if (done.signal !== null) process.kill(process.pid, done.signal);
process.exitCode = done.status ?? 1;
