#!/bin/sh
# How does cat copy a file?
here=$(dirname "$0")
exec "$here/../tsltrace" -e 'open*+read+write+copy_file_range+posix_fadvise+close+fclose' cat "$here/poem.txt"
