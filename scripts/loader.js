#!/usr/bin/env node
// Runs the bundled program, by V8's code cache of an earlier run where the user has one. An old Node reads this file, too,
// and is told what is needed: it has no syntax that is younger than ECMAScript 2015.
'use strict';

/** Major and minor version. */
const NEEDED = [NEEDED_NODE];

/** Caches of this many bundles and Nodes are kept. */
const MOST_CACHES = 8;

const folder = __dirname + '/bundle/';
const file = folder + 'tsltrace.js';
// To attach runs other code than to start a program, and code that does not run is time lost. A wrong guess costs no more.
const kind = process.argv.some((word) => word.startsWith('-p')) ? 'attach' : 'start';

if (isTooOld(process.versions.node)) {
  const needed = 'tsltrace: needs Node.js ' + NEEDED.join('.') + ' or later';
  const found = process.execPath + ' is ' + process.versions.node;
  require('fs').writeSync(2, needed + ', and ' + found + '\n');
  // What env(1) and timeout(1) use for failures of their own.
  process.exit(125);
}
run();

function isTooOld(version) {
  const parts = version.split('.').map(Number);
  return parts[0] < NEEDED[0] || (parts[0] === NEEDED[0] && parts[1] < NEEDED[1]);
}

function run() {
  const own = cacheFolder();
  const enableCompileCache = require('module').enableCompileCache;
  // Node 22 and later keep a cache of what the program requires. It holds no function that was compiled late, and most of
  // the bundle is: by that alone a short trace takes a third longer.
  if (own !== undefined && enableCompileCache !== undefined) enableCompileCache(own + '/modules');
  const fs = require('fs');
  const vm = require('vm');
  // V8 compares only the length of the source: the name holds what the bundle contains.
  const name = 'BUNDLE_KEY-' + process.versions.v8 + '-' + process.arch + '-' + kind + '.cache';
  const source = fs.readFileSync(file, 'latin1'); // esbuild writes ASCII
  const cachedData = own === undefined ? undefined : readCache(fs, own + '/' + name);
  const script = new vm.Script(source, { filename: file, cachedData });
  // V8 takes no cache that was made with other flags, or that is damaged: then this run leaves a good one.
  if (own !== undefined && (cachedData === undefined || script.cachedDataRejected)) {
    process.on('exit', () => writeCache(fs, own, name, script));
  }
  script.runInThisContext()(exports, require, module, file, __dirname);
}

/**
 * The user's own folder for caches. undefined where there is none, and where somebody else could have put code into
 * it: what is in a cache is executed.
 */
function cacheFolder() {
  if (process.env.NODE_DISABLE_COMPILE_CACHE === '1') return undefined;
  // XDG Base Directory Specification: a relative path is to be ignored.
  const base = [process.env.XDG_CACHE_HOME, process.env.HOME + '/.cache'].find(
    (path) => path !== undefined && path.charAt(0) === '/',
  );
  if (base === undefined || !ownFolder(base)) return undefined;
  return ownFolder(base + '/tsltrace') ? base + '/tsltrace' : undefined;
}

/** Is it ours alone to write to? Made where it is missing, in a folder of ours: under sudo HOME may be somebody else's. */
function ownFolder(path) {
  const fs = require('fs');
  try {
    return isOurs(fs.lstatSync(path), 'isDirectory');
  } catch (error) {
    if (error.code !== 'ENOENT') return false;
  }
  try {
    if (!isOurs(fs.statSync(path.slice(0, path.lastIndexOf('/')) || '/'), 'isDirectory'))
      return false;
    fs.mkdirSync(path, 0o700);
    return true;
  } catch (error) {
    return false;
  }
}

function isOurs(stats, isOfType) {
  const othersMayWrite = 0o022;
  return (
    stats[isOfType]() && stats.uid === process.geteuid() && (stats.mode & othersMayWrite) === 0
  );
}

function readCache(fs, path) {
  try {
    const descriptor = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
    try {
      if (isOurs(fs.fstatSync(descriptor), 'isFile')) return fs.readFileSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    // There is none yet.
  }
  return undefined;
}

// Where it cannot be written, or somebody else is writing it, the next run is slow, too.
function writeCache(fs, own, name, script) {
  const temporary = own + '/' + name + '.' + process.pid;
  try {
    // On the disk before it has its name: V8 sees a cache that is too short, but ends with one full of zeros.
    fs.writeFileSync(temporary, script.createCachedData(), {
      flag: 'wx',
      mode: 0o600,
      flush: true,
    });
    fs.renameSync(temporary, own + '/' + name);
    dropOldest(fs, own);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
  }
}

function dropOldest(fs, own) {
  const caches = fs
    .readdirSync(own)
    .filter((name) => name.indexOf('.cache') > 0)
    .map((name) => ({ path: own + '/' + name, written: fs.statSync(own + '/' + name).mtimeMs }))
    .sort((a, b) => b.written - a.written);
  caches.slice(MOST_CACHES).forEach((cache) => fs.rmSync(cache.path, { force: true }));
}
