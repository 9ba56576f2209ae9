// `npm test`: installs what tests need where it may, builds, runs every test and says what was skipped.
// Words after `npm test --` are patterns of test files: then only what most tests need is installed, and only what has
// changed is compiled. With TSLTRACE_NO_SKIPS=1 a skipped test fails.
require('./need-node.js');
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const tallyFile = path.join(root, 'build', 'tally.jsonl');
const patterns = process.argv.slice(2);
/** Measured on two cores, with every package installed. */
const MINUTES = 12;
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

/** Files of end-to-end tests that depend on no times and no signals: they may run beside the others. */
const BESIDE =
  'e2e/(audit.*|bundled-.*|compare|compat-.*|copied-code|depth-and-groups|docs|dwarf-.*|elf-.*|examples|function-sets|html-report|' +
  'hostile-names|install|libc-debug-prototypes|list|ltrace-.*|many-machines|matrix|mistakes|origin|output-options|package|' +
  'perl-frames|python-frames|recording-.*|text-lengths|toolchains|values)\\.test';

/** Resolves with the exit status. */
function jest(projects, extra, paths = patterns) {
  const words = [
    path.join(root, 'node_modules/jest/bin/jest.js'),
    '--selectProjects',
    ...projects,
    '--reporters=default',
    `--reporters=${path.join(__dirname, 'jest-tally.js')}`,
    '--passWithNoTests',
    ...extra,
    ...(paths.length > 0 ? ['--testPathPatterns', ...paths] : []),
  ];
  const options = {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, TSLTRACE_TALLY: tallyFile },
  };
  return new Promise((resolve) => {
    spawn(process.execPath, words, options).on('close', (status) => resolve(status ?? 1));
  });
}

/** Percent of the statements in each of these rooms that unit and engine tests are to reach, at least. */
const FLOORS = { calls: 80, tracepoints: 83, processes: 86 };

/** Words that have jest see to {@link FLOORS}; only where all tests run. */
function coverage() {
  if (patterns.length > 0) return [];
  const rooms = Object.keys(FLOORS);
  const threshold = Object.fromEntries(
    rooms.map((room) => [`./dist/src/engine/${room}/`, { statements: FLOORS[room] }]),
  );
  return [
    '--coverage',
    '--coverageReporters=text-summary',
    `--collectCoverageFrom=dist/src/engine/{${rooms.join(',')}}/**/*.js`,
    `--coverageThreshold=${JSON.stringify(threshold)}`,
  ];
}

/** Programs under trace share the machine badly: one after the other, and one more where that does not matter. */
function endToEnd() {
  if (patterns.length > 0) return Promise.all([jest(['e2e'], ['--runInBand'])]);
  return Promise.all([
    jest(['e2e'], ['--runInBand', '--testPathIgnorePatterns', BESIDE]),
    jest(['e2e'], ['--runInBand'], [BESIDE]),
  ]);
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

async function main() {
  const built = run(process.execPath, [path.join(__dirname, 'build.js'), '--if-changed']);
  if (built !== 0) return built;
  const statuses = [await jest(['unit', 'engine'], coverage()), ...(await endToEnd())];
  const lines = fs.existsSync(tallyFile) ? fs.readFileSync(tallyFile, 'utf8').trim() : '';
  const failed = report(lines === '' ? [] : lines.split('\n').map((line) => JSON.parse(line)));
  return failed === 0 && statuses.some((status) => status !== 0) ? 1 : failed;
}

main().then((failed) => {
  process.exitCode = failed === 0 ? 0 : 1;
});

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
