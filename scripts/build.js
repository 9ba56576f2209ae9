// Builds dist/: `npm run build`. TypeScript compiles what changed; outputs whose source is gone are removed, so that no
// test is run for ever. With --if-changed nothing is done where nothing has changed since the last build.
require('./need-node.js');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { isBuilt, noteBuilt, forgetBuilt, sourcesIn } = require('./built.js');

const root = path.join(__dirname, '..');
const dist = path.join(root, 'dist');
/** The code of a browser: a bundle of its own. */
const PAGE = path.join('src', 'page') + path.sep;

function build() {
  forgetBuilt();
  const isCompiled = (file) => file.endsWith('.ts') && !file.startsWith(PAGE);
  const compiled = outputsOf(sourcesIn(['src', 'test']).filter(isCompiled));
  removeOrphans(compiled);
  forgetWhenIncomplete(compiled);
  run(path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json');
  run(path.join(__dirname, 'copy-assets.js'));
  run(path.join(__dirname, 'bundle-page.js'));
  run(path.join(__dirname, 'bundle.js'));
  noteBuilt();
}

function run(script, ...args) {
  const done = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
  if (done.status !== 0) process.exit(done.status ?? 1);
}

/** What tsc writes for sources, in dist; declarations have no output. */
function outputsOf(sources) {
  const modules = sources.filter((file) => !file.endsWith('.d.ts'));
  return new Set(modules.map((file) => path.join(dist, file.replace(/\.ts$/, '.js'))));
}

function removeOrphans(compiled) {
  for (const folder of ['src', 'test']) {
    for (const file of filesBelow(path.join(dist, folder))) {
      const module = file.replace(/\.d\.ts$/, '.js');
      if (module.endsWith('.js') && !compiled.has(module) && !isAsset(file)) fs.rmSync(file);
    }
  }
}

/** The script of HTML reports, made after this. */
function isAsset(file) {
  return path.relative(dist, file) === path.join('src', 'output', 'html', 'page.js');
}

/** tsc believes what it noted of its last run: an output that was deleted since would stay away. */
function forgetWhenIncomplete(compiled) {
  const isThere = (file) => fs.existsSync(file) && fs.existsSync(file.replace(/\.js$/, '.d.ts'));
  if (![...compiled].every(isThere)) fs.rmSync(path.join(dist, '.tsbuildinfo'), { force: true });
}

function filesBelow(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

if (!process.argv.includes('--if-changed') || !isBuilt()) build();
