#!/bin/sh
# Which calls does Python's own open() and read() come down to? -e names the caller: the interpreter.
here=$(dirname "$0")
python=$(command -v /usr/bin/python3 || command -v python3) || {
  echo "this example needs python3" >&2
  exit 77
}
exec "$here/../tsltrace" -e 'open64+read+lseek64+close+fstat64' \
  "$python" -I -S -c "print(open('$here/words.txt').read().upper(), end='')"
