// npm runs this after `npm install` in a clone, before it packs the project, and for `npm install -g .`, which installs
// nothing that a build takes: then the packages are installed first.
require('./need-node.js');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { isBuilt } = require('./built.js');

const root = path.join(__dirname, '..');

function main() {
  if (isBuilt()) return;
  if (!isWritable(root)) {
    fail(
      `${root} is not built, and belongs to somebody else: its owner has to run npm install there`,
    );
  }
  if (!hasCompiler()) installPackages();
  console.log('Building tsltrace');
  const built = spawnSync(process.execPath, [path.join(__dirname, 'build.js')], {
    cwd: root,
    stdio: 'inherit',
  });
  if (built.status !== 0) process.exit(built.status ?? 1);
}

function hasCompiler() {
  return ['typescript', 'esbuild'].every((name) =>
    fs.existsSync(path.join(root, 'node_modules', name)),
  );
}

function installPackages() {
  if (process.env.npm_config_global !== 'true') {
    fail('the packages that a build takes are not here: run npm install without --omit=dev');
  }
  console.log('Installing the packages that tsltrace is built with');
  // Settings of the outer npm reach this one as variables: those that would send it elsewhere stay behind.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_config_(global|local_prefix|prefix|omit|location)$/i.test(name),
    ),
  );
  const words = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'];
  const installed = spawnSync('npm', words, { cwd: root, stdio: 'inherit', env });
  if (installed.status !== 0) process.exit(installed.status ?? 1);
}

function isWritable(folder) {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function fail(reason) {
  console.error(`tsltrace: ${reason}`);
  process.exit(1);
}

main();
