// Ends every script with one line where Node is older than package.json asks for. Scripts load it first. An old Node reads
// this file, too: it has no syntax that is younger than ECMAScript 2015.
'use strict';
const path = require('path');

/** Major and minor version. */
function neededNode() {
  const engines = require(path.join(__dirname, '..', 'package.json')).engines;
  const parts = /^>=(\d+)\.(\d+)$/.exec(engines.node);
  if (parts === null) throw new Error('package.json: engines.node is not of the form >=20.19');
  return [Number(parts[1]), Number(parts[2])];
}

const needed = neededNode();
const found = process.versions.node.split('.').map(Number);
if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  const what = 'tsltrace: needs Node.js ' + needed.join('.') + ' or later';
  console.error(what + ', and ' + process.execPath + ' is ' + process.versions.node);
  process.exit(1);
}

module.exports = { neededNode };
