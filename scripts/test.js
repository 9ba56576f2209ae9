// `npm test`: installs what tests need where it may, builds, runs every test and says what was skipped.
// Words after `npm test --` are patterns of test files: then only what most tests need is installed, and only what has
// changed is compiled. With TSLTRACE_NO_SKIPS=1 a skipped test fails.
require('./need-node.js');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const tallyFile = path.join(root, 'build', 'tally.jsonl');
const patterns = process.argv.slice(2);
/** Measured on two cores, with every package installed. */
const MINUTES = 6;
const started = Date.now();
const noSkips = process.env.TSLTRACE_NO_SKIPS === '1';

function run(command, args, options = {}) {
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    ...options,
  });
  return done.status ?? 1;
}

function jest(projects, extra) {
  return run(
    process.execPath,
    [
      path.join(root, 'node_modules/jest/bin/jest.js'),
      '--selectProjects',
      ...projects,
      '--reporters=default',
      `--reporters=${path.join(__dirname, 'jest-tally.js')}`,
      '--passWithNoTests',
      ...extra,
      ...(patterns.length > 0 ? ['--testPathPatterns', ...patterns] : []),
    ],
    { env: { ...process.env, TSLTRACE_TALLY: tallyFile } },
  );
}

if (patterns.length === 0) {
  console.log(`npm test: ${MINUTES} minutes or so on two cores; npm run test:unit takes seconds`);
}
run('sh', [
  path.join(__dirname, 'install-toolchains.sh'),
  ...(patterns.length === 0 ? ['--all'] : []),
]);
if (!fs.existsSync(path.join(root, 'node_modules', 'typescript'))) {
  if (run('npm', ['ci']) !== 0) process.exit(1);
}
fs.mkdirSync(path.dirname(tallyFile), { recursive: true });
fs.rmSync(tallyFile, { force: true });
let failed = run(process.execPath, [path.join(__dirname, 'build.js'), '--if-changed']);
if (failed === 0) {
  const statuses = [
    jest(['unit', 'engine'], []),
    // Programs under trace share the machine badly: one after the other.
    jest(['e2e'], ['--runInBand']),
  ];
  const tallies = fs.existsSync(tallyFile)
    ? fs
        .readFileSync(tallyFile, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
  failed = report(tallies);
  if (failed === 0 && statuses.some((status) => status !== 0)) failed = 1;
}
process.exitCode = failed === 0 ? 0 : 1;

function report(tallies) {
  const sum = (pick) => tallies.reduce((total, tally) => total + pick(tally), 0);
  const skipped = tallies.flatMap((tally) => tally.skipped);
  const unexplained = tallies.flatMap((tally) => tally.unexplained);
  const reasons = new Map();
  for (const { reason } of skipped) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  for (const [reason, count] of reasons) console.log(`skipped ${count}: it ${reason}`);
  for (const name of unexplained) console.log(`skipped without a reason: ${name}`);
  for (const name of tallies.flatMap((tally) => tally.failures)) console.log(`failed: ${name}`);
  const bad = sum((tally) => tally.failed) + unexplained.length + (noSkips ? skipped.length : 0);
  const good = sum((tally) => tally.passed);
  fs.writeFileSync(
    path.join(root, 'build', 'tally.json'),
    JSON.stringify({ passed: good, failed: bad }),
  );
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`in ${Math.floor(seconds / 60)} min ${seconds % 60} s`);
  console.log(
    `${good} passed, ${bad} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`,
  );
  return bad;
}
