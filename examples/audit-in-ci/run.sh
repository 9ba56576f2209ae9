#!/bin/sh
# An audit as a step of a pipeline: first with a policy that does not let the program pass, then with an allowance. The
# server is openssl's own, on a free loopback port, with a certificate made here and removed at the end.
here=$(dirname "$0")
python=/usr/bin/python3
[ -x "$python" ] && command -v openssl >/dev/null || {
  echo "this example needs /usr/bin/python3 and openssl" >&2
  exit 77
}
folder=$(mktemp -d)
server=
trap '[ -n "$server" ] && kill "$server" 2>/dev/null; rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM HUP
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost \
  -keyout "$folder/key" -out "$folder/certificate" 2>/dev/null
openssl s_server -accept 127.0.0.1:0 -key "$folder/key" -cert "$folder/certificate" -www \
  >"$folder/log" 2>&1 </dev/null &
server=$!
for _ in $(seq 100); do
  port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "$folder/log")
  [ -n "$port" ] && break
  sleep 0.1
done
for policy in policy.yaml policy-with-allowance.yaml; do
  echo "held to $policy"
  if "$here/check.sh" "$policy" "$python" "$here/fetch.py" "https://127.0.0.1:$port/"; then
    echo 'the pipeline goes on'
  else
    echo "the pipeline stops: status $?"
  fi
done
