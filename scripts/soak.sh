#!/bin/sh
# What fails one time in a hundred: long series of the end-to-end tests, then SECONDS (first word, 600) of a
# program that mixes everything. Needs the same toolchains as the tests.
set -u
cd "$(dirname "$0")/.." || exit 1
npm run --silent build || exit 1
status=0
series() {
  repeat=$1
  shift
  TSLTRACE_REPEAT=$repeat npx jest --selectProjects e2e --runInBand --verbose "$@" || status=1
}
series 50 --testPathPatterns threads -t 'eight at once'
series 200 --testPathPatterns attach -t 'is left unharmed' --testTimeout 3600000
TSLTRACE_SOAK_SECONDS=${1:-600} npx jest --selectProjects e2e --runInBand --testPathPatterns soak || status=1
exit $status
