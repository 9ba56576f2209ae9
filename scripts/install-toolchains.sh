#!/bin/sh
# Installs the Debian packages that tests need: the few that most tests need, or with --all every one.
# Where that is not possible (not root, no apt) it names in one line what is missing and goes on.
set -u

packages="gcc g++ make libc6-dev python3 python3-requests openssl"
if [ "${1:-}" = --all ]; then
  packages="$packages binutils clang llvm lld mold musl-tools gcc-multilib g++-multilib golang-go rustc
    libc6-dbg ltrace gdb strace curl wget git nginx-light ldap-utils postgresql-client perl luajit python3-greenlet tmux bash zsh fish dwz xz-utils
    jq chromium fonts-dejavu-core libssl-dev libgnutls28-dev libnss3-dev libcurl4-openssl-dev libsqlite3-dev zlib1g-dev"
fi

installed() {
  dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^ii'
}

missing=
for package in $packages; do
  command -v dpkg-query >/dev/null && installed "$package" || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing, which may take some minutes:$missing (Debian packages)"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o Acquire::Retries=3 -qq update </dev/null
  # shellcheck disable=SC2086
  apt-get -o Acquire::Retries=3 -qq install -y --no-install-recommends $missing </dev/null >/dev/null && exit 0
  echo "apt-get could not install all of:$missing" >&2
  exit 0
fi
echo "Not installed here, so some tests are skipped:$missing (Debian packages)" >&2
