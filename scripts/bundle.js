// Puts the compiled program and the packages it always needs into one file, with a loader that gives V8 the code
// cache of an earlier run: start-up is most of what a short trace costs.
const { spawn, spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const esbuild = require('esbuild');

const dist = path.join(__dirname, '..', 'dist');
const compiled = path.join(dist, 'src');
const loader = path.join(dist, 'tsltrace.js');
const bundle = path.join(dist, 'bundle', 'tsltrace.js');

const ourFiles = {
  name: 'our-files',
  setup(build) {
    build.onLoad({ filter: /\.js$/ }, (file) => {
      if (!file.path.startsWith(compiled + path.sep)) return undefined;
      const folder = path.relative(dist, path.dirname(file.path));
      return { contents: importLate(keepFolder(fs.readFileSync(file.path, 'utf8'), folder)) };
    });
  },
};

// Files that the program looks for beside its own keep their place: __dirname is that of the file bundled.
function keepFolder(text, folder) {
  return text.replace(/\b__dirname\b/g, `(__dist + ${JSON.stringify(`/${folder}`)})`);
}

// A module is run when something of it is used for the first time: a trace uses a third of them. TypeScript writes
// imports as `const name_js_1 = require("./name.js")` and each use as `name_js_1.something`; an import for its
// effects alone has no name and stays where it is.
function importLate(text) {
  const names = [];
  const late = text.replace(
    /^const (\w+_\d+) = (.*\brequire\("[^"]+"\)\)?);$/gm,
    (_, name, value) => {
      names.push(name);
      return `let ${name}_; const ${name} = () => (${name}_ ??= ${value});`;
    },
  );
  if (names.length === 0) return late;
  const used = names.join('|');
  return late
    .replace(new RegExp(`\\bnew (${used})\\.(\\w+)`, 'g'), 'new ($1().$2)')
    .replace(new RegExp(`\\b(${used})\\.`, 'g'), '$1().');
}

function build() {
  fs.rmSync(path.dirname(bundle), { recursive: true, force: true });
  return esbuild.build({
    entryPoints: [path.join(compiled, 'main.js')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    // Two that cost milliseconds for the little that is used of them.
    alias: {
      'yargs/helpers': path.join(__dirname, 'yargs-parser-only.js'),
      assert: path.join(__dirname, 'assert-equal-only.js'),
    },
    // Native code, and wasm that is found beside its package and seldom needed.
    external: ['@koromix/*', 'iced-x86', 'gecko-profiler-demangle'],
    define: { 'import.meta.url': '__url' },
    banner: { js: 'const __url = require("node:url").pathToFileURL(__filename).href;' },
    plugins: [ourFiles],
    logLevel: 'warning',
  });
}

function writeLoader() {
  // A function, so that the loader need not build another megabyte of text; #! would be no comment in it.
  const program = fs.readFileSync(bundle, 'latin1').replace(/^#!.*\n/, '');
  const parameters = 'exports, require, module, __filename, __dist';
  fs.writeFileSync(bundle, `(function (${parameters}) {${program}\n})`, 'latin1');
  const key = createHash('sha256').update(fs.readFileSync(bundle)).digest('hex').slice(0, 16);
  const text = fs
    .readFileSync(path.join(__dirname, 'loader.js'), 'latin1')
    .replace('BUNDLE_KEY', key);
  fs.writeFileSync(loader, text, { mode: 0o755 });
}

// Two runs that get as far as traces do leave the two code caches. Where that is not possible, say because ptrace is not
// allowed, the first runs of a user who may write here do.
function warmUp() {
  const target = spawn(process.execPath, ['-e', 'setInterval(() => {}, 5)'], { stdio: 'ignore' });
  runBundle(['-e', 's*', '/bin/ls', '-l', '/']);
  runBundle(['-e', 'e*', '--detach-after', '200ms', '-p', String(target.pid)]);
  target.kill();
}

function runBundle(words) {
  const run = [loader, '-o', '/dev/null', ...words];
  spawnSync(process.execPath, run, { stdio: 'ignore', timeout: 20000 });
}

build().then(() => {
  writeLoader();
  warmUp();
});
