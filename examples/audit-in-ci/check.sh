#!/bin/sh
# A step of a pipeline: check.sh POLICY COMMAND [ARGUMENT…]. Runs the command, then prints an annotation for each finding,
# and ends with 0 where its TLS may pass, 120 for a finding, 121 for TLS that cannot be looked into, 122 where the command
# itself failed.
here=$(dirname "$0")
policy=$1
shift
report=$(mktemp)
trap 'rm -f "$report"' EXIT
"$here/../tsltrace" --audit --policy "$here/$policy" --audit-format github --anchor "$here/fetch.py" -o "$report" "$@"
status=$?
cat "$report"
exit $status
