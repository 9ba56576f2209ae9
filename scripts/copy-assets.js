// Puts the files that the program reads at run time beside its compiled code, the bundled prototypes with an index.
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const compiled = path.join(root, 'dist', 'src');
const from = path.join(root, 'src', 'prototype', 'bundled');
const to = path.join(compiled, 'prototype', 'bundled');
const { INDEX_SUFFIX, makeStoredIndex } = require(
  path.join(compiled, 'prototype', 'conf', 'stored-index.js'),
);

fs.rmSync(to, { recursive: true, force: true });
fs.mkdirSync(to);
for (const name of fs.readdirSync(from)) {
  const bytes = fs.readFileSync(path.join(from, name));
  fs.writeFileSync(path.join(to, name), bytes);
  fs.writeFileSync(path.join(to, name + INDEX_SUFFIX), makeStoredIndex(bytes));
}
fs.chmodSync(path.join(compiled, 'main.js'), 0o755);
