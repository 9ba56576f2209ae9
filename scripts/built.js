// Knows whether dist/ is what the sources of now make: a hash of all that goes into a build lies beside it.
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const note = path.join(root, 'dist', '.built-from');

/** Files below folders of the project, relative to its root, in a fixed order. */
function sourcesIn(folders) {
  return folders
    .flatMap((folder) =>
      fs
        .readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name))),
    )
    .sort();
}

function hashOfSources() {
  const hash = createHash('sha256');
  const single = ['package.json', 'package-lock.json', 'tsconfig.json'];
  for (const file of [...sourcesIn(['scripts', 'src', 'test']), ...single]) {
    const bytes = fs.readFileSync(path.join(root, file));
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

function isBuilt() {
  if (!fs.existsSync(note) || !fs.existsSync(path.join(root, 'dist', 'tsltrace.js'))) return false;
  return fs.readFileSync(note, 'utf8') === hashOfSources();
}

/** Before a build: if it fails, nobody shall take what is there for whole. */
function forgetBuilt() {
  fs.rmSync(note, { force: true });
}

function noteBuilt() {
  fs.writeFileSync(note, hashOfSources());
}

module.exports = { forgetBuilt, isBuilt, noteBuilt, sourcesIn };
