// Writes docs/options.md and docs/tsltrace.1 from the declarations of the options. Run by `npm run docs`.
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const { optionsPage } = require(join(root, 'dist/src/cli/manual/options-page.js'));
const { manPage } = require(join(root, 'dist/src/cli/manual/man-page.js'));

writeFileSync(join(root, 'docs/options.md'), optionsPage());
writeFileSync(join(root, 'docs/tsltrace.1'), manPage());
