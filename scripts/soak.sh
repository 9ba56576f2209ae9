#!/bin/sh
# What fails one time in a hundred: long series of the end-to-end tests, damaged files, then SECONDS (first word, 600)
# of a program that mixes everything. Needs the same toolchains as the tests; takes an hour or so.
set -u
cd "$(dirname "$0")/.." || exit 1
npm run --silent build || exit 1
status=0
# NAME=VALUE... PATTERN [TEST NAME]
series() {
  variables=
  while case $1 in *=*) true ;; *) false ;; esac do
    variables="$variables $1"
    shift
  done
  # shellcheck disable=SC2086 # one word each
  env $variables npx jest --selectProjects e2e --runInBand --verbose --testTimeout 3600000 \
    --testPathPatterns "$1" ${2:+-t "$2"} || status=1
}
series TSLTRACE_REPEAT=50 TSLTRACE_COME_AND_GO_SECONDS=10 threads 'eight at once|come and go'
series TSLTRACE_REPEAT=200 TSLTRACE_TRACE_MS=2000 TSLTRACE_TARGETS=4 TSLTRACE_QUICK_ROUNDS=1000 attach-series
node scripts/fuzz-elf.js 120 || status=1
node scripts/fuzz-prototypes.js 120 || status=1
node scripts/fuzz-handshakes.js 120 || status=1
node scripts/fuzz-runs.js 500 || status=1
series "TSLTRACE_SOAK_SECONDS=${1:-600}" soak
exit $status
