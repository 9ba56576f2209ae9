// Puts the files that the program reads at run time beside its compiled code.
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const bundled = path.join('src', 'prototype', 'bundled');
fs.cpSync(path.join(root, bundled), path.join(root, 'dist', bundled), { recursive: true });
fs.chmodSync(path.join(root, 'dist', 'src', 'main.js'), 0o755);
