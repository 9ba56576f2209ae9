#!/usr/bin/env node
// Runs the bundled program, by the code cache that an earlier run has left beside it if there is one.
'use strict';
const fs = require('node:fs');
const vm = require('node:vm');

const folder = __dirname + '/bundle/';
const file = folder + 'tsltrace.js';
// To attach runs other code than to start a program, and code that does not run is time lost. A wrong guess costs no more.
const kind = process.argv.some((word) => word.startsWith('-p')) ? 'attach' : 'start';
// V8 compares only the length of the source: the name holds what the bundle contains.
const cacheFile = `${folder}BUNDLE_KEY-${process.versions.v8}-${process.arch}-${kind}.cache`;

function readCache() {
  try {
    return fs.readFileSync(cacheFile);
  } catch {
    return undefined;
  }
}

// The package may lie where we cannot write, or somebody else may be writing: then the next run is slow, too.
function writeCache(script) {
  const temporary = `${cacheFile}.${process.pid}`;
  try {
    // On the disk before it has its name: V8 sees a cache that is too short, but ends with one full of zeros.
    fs.writeFileSync(temporary, script.createCachedData(), { flag: 'wx', flush: true });
    fs.renameSync(temporary, cacheFile);
  } catch {
    fs.rmSync(temporary, { force: true });
  }
}

const source = fs.readFileSync(file, 'latin1'); // esbuild writes ASCII
const cachedData = readCache();
const script = new vm.Script(source, { filename: file, cachedData });
if (cachedData === undefined) process.on('exit', () => writeCache(script));
script.runInThisContext()(exports, require, module, file, __dirname);
