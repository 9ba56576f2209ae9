#!/bin/sh
# The SSL_CTX functions behind requests.get('https://…'): what Python's _ssl calls, and what libssl calls itself.
# The server is openssl's own, on a free loopback port, with a certificate made here and removed at the end.
here=$(dirname "$0")
for python in /usr/bin/python3 python3; do
  "$python" -c 'import requests' 2>/dev/null && break
  python=
done
[ -n "$python" ] && command -v openssl >/dev/null || {
  echo "this example needs python3-requests and openssl" >&2
  exit 77
}
folder=$(mktemp -d)
server=
trap '[ -n "$server" ] && kill "$server" 2>/dev/null; rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM HUP
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 \
  -keyout "$folder/key" -out "$folder/certificate" 2>/dev/null
openssl s_server -accept 127.0.0.1:0 -key "$folder/key" -cert "$folder/certificate" -www \
  >"$folder/log" 2>&1 </dev/null &
server=$!
for _ in $(seq 100); do
  port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "$folder/log")
  [ -n "$port" ] && break
  sleep 0.1
done
"$here/../tsltrace" -e 'SSL_CTX*@*' "$python" -c "
import requests
page = requests.get('https://127.0.0.1:$port/', verify='$folder/certificate')
print(page.status_code, page.headers['content-type'])"
