// A jest reporter: appends what passed, failed and was skipped, and why, to the file TSLTRACE_TALLY.
const fs = require('node:fs');

const REASON = /\[skipped because it (.*)\]$/;

class Tally {
  onRunComplete(_contexts, results) {
    const tally = { passed: 0, failed: 0, failures: [], skipped: [], unexplained: [] };
    for (const file of results.testResults) {
      if (file.testExecError && file.testResults.length === 0) {
        tally.failed += 1;
        tally.failures.push(file.testFilePath);
      }
      for (const test of file.testResults) count(test, tally);
    }
    if (results.wasInterrupted) tally.failed += 1;
    fs.appendFileSync(process.env.TSLTRACE_TALLY, JSON.stringify(tally) + '\n');
  }
}

function count(test, tally) {
  if (test.status === 'passed') tally.passed += 1;
  else if (test.status === 'failed') {
    tally.failed += 1;
    tally.failures.push(test.fullName);
  } else {
    const reason = REASON.exec(test.fullName);
    if (reason)
      tally.skipped.push({ test: test.fullName.replace(REASON, '').trim(), reason: reason[1] });
    else tally.unexplained.push(test.fullName);
  }
}

module.exports = Tally;
