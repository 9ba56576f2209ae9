// Puts the files that the program reads at run time beside its compiled code: sets of functions, and the bundled
// prototypes with an index and the names that traces show in place of others.
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const compiled = path.join(root, 'dist', 'src');
const from = path.join(root, 'src', 'prototype', 'bundled');
const to = path.join(compiled, 'prototype', 'bundled');
const { INDEX_SUFFIX, makeStoredIndex } = require(
  path.join(compiled, 'prototype', 'conf', 'stored-index.js'),
);
const { SHOWN_NAMES_FILE, shownNamesIn, writeShownNames } = require(
  path.join(compiled, 'prototype', 'shown-names.js'),
);

fs.rmSync(to, { recursive: true, force: true });
fs.mkdirSync(to);
const shown = [];
for (const name of fs.readdirSync(from)) {
  const bytes = fs.readFileSync(path.join(from, name));
  fs.writeFileSync(path.join(to, name), bytes);
  fs.writeFileSync(path.join(to, name + INDEX_SUFFIX), makeStoredIndex(bytes));
  // Variants of system calls are all shown under the name of the call.
  if (name !== 'syscalls.conf') shown.push(shownNamesIn(bytes.toString('utf8')));
}
fs.writeFileSync(path.join(to, SHOWN_NAMES_FILE), writeShownNames(shown));
const sets = path.join('prototype', 'function-sets');
fs.rmSync(path.join(compiled, sets), { recursive: true, force: true });
fs.cpSync(path.join(root, 'src', sets), path.join(compiled, sets), { recursive: true });
fs.chmodSync(path.join(compiled, 'main.js'), 0o755);
