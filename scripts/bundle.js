// Puts the compiled program and the packages it always needs into one file, with a loader that gives V8 the code
// cache of an earlier run: start-up is most of what a short trace costs. What is rewritten on the way depends on how
// TypeScript and the packages write their code: where that has changed, this fails and says what it looked for.
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const esbuild = require('esbuild');
const { neededNode } = require('./need-node.js');
const { importLate, keepFolder, replaceOnce } = require('./rewrite.js');

const dist = path.join(__dirname, '..', 'dist');
const compiled = path.join(dist, 'src');
const loader = path.join(dist, 'tsltrace.js');
const bundle = path.join(dist, 'bundle', 'tsltrace.js');

// Two that cost milliseconds for the little that is used of them.
const STAND_INS = {
  'yargs/helpers': path.join(__dirname, 'yargs-parser-only.js'),
  assert: path.join(__dirname, 'assert-equal-only.js'),
};
// Native code, and wasm that is found beside its package and seldom needed.
const LEFT_OUTSIDE = ['@koromix/*', 'iced-x86', 'gecko-profiler-demangle'];

/** What was rewritten, to be compared with what should have been. */
const rewritten = { lateImports: 0, keptFolders: 0 };

const ourFiles = {
  name: 'our-files',
  setup(build) {
    build.onLoad({ filter: /\.js$/ }, (file) => {
      if (!file.path.startsWith(compiled + path.sep)) return undefined;
      const kept = keepFolder(
        fs.readFileSync(file.path, 'utf8'),
        path.relative(dist, path.dirname(file.path)),
      );
      const late = importLate(kept.text, path.relative(dist, file.path));
      rewritten.keptFolders += kept.count;
      rewritten.lateImports += late.count;
      return { contents: late.text };
    });
  },
};

function build() {
  fs.rmSync(path.dirname(bundle), { recursive: true, force: true });
  return esbuild.build({
    entryPoints: [path.join(compiled, 'main.js')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    alias: STAND_INS,
    external: LEFT_OUTSIDE,
    define: { 'import.meta.url': '__url' },
    banner: { js: 'const __url = require("node:url").pathToFileURL(__filename).href;' },
    plugins: [ourFiles],
    logLevel: 'warning',
    metafile: true,
  });
}

function checkRewriting({ inputs, outputs }) {
  const found = Object.keys(inputs).map((name) => path.resolve(name));
  const imported = Object.values(outputs).flatMap((output) =>
    output.imports.map((one) => one.path),
  );
  const lacking = [
    ...Object.values(STAND_INS).filter((file) => !found.includes(file)),
    ...LEFT_OUTSIDE.filter(
      (name) => !imported.some((one) => one.startsWith(name.replace('*', ''))),
    ),
    ...Object.keys(rewritten).filter((what) => rewritten[what] === 0),
  ];
  if (lacking.length > 0) throw new Error(`bundle: nothing was found of ${lacking.join(', ')}`);
}

// A function, so that the loader need not build another megabyte of text; #! would be no comment in it.
function writeBundle() {
  const program = replaceOnce(fs.readFileSync(bundle, 'latin1'), /^#!.*\n/, () => '');
  const parameters = 'exports, require, module, __filename, __dist';
  fs.writeFileSync(bundle, `(function (${parameters}) {${program}\n})`, 'latin1');
}

function writeLoader() {
  const key = createHash('sha256').update(fs.readFileSync(bundle)).digest('hex').slice(0, 16);
  const template = fs.readFileSync(path.join(__dirname, 'loader.js'), 'latin1');
  const withKey = replaceOnce(template, 'BUNDLE_KEY', () => key);
  const text = replaceOnce(withKey, 'NEEDED_NODE', () => neededNode().join(', '));
  fs.writeFileSync(loader, text, { mode: 0o755 });
}

build()
  .then(({ metafile }) => {
    checkRewriting(metafile);
    writeBundle();
    writeLoader();
  })
  .catch((error) => {
    // esbuild has said its own mistakes already.
    if (error.errors === undefined) console.error(error.message);
    process.exitCode = 1;
  });
