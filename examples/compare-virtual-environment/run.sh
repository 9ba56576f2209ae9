#!/bin/sh
# One benchmark, outside and inside a virtual environment: which calls of the interpreter differ?
here=$(cd "$(dirname "$0")" && pwd)
python=$(command -v /usr/bin/python3) || {
  echo "this example needs /usr/bin/python3" >&2
  exit 77
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
set -e
# Without pip, so that Debian's package python3-venv is not needed. PYTHONHASHSEED keeps Python from choosing
# another order of its dictionaries in each run.
"$python" -m venv --without-pip "$folder/venv"
export PYTHONHASHSEED=0
calls='fopen64+readlink'
"$here/../tsltrace" -o "$folder/outside.ndjson" -s 200 -e "$calls" "$python" "$here/benchmark.py"
"$here/../tsltrace" -o "$folder/inside.ndjson" -s 200 -e "$calls" "$folder/venv/bin/python" "$here/benchmark.py"
# Its status is 1 when the recordings differ, as here, and 2 when it could not compare them.
"$here/../tsltrace" --compare "$folder/outside.ndjson" "$folder/inside.ndjson" >"$folder/differences" || [ $? = 1 ]
sed "s|$folder|/tmp/example|g" "$folder/differences"
