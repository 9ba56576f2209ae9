#!/bin/sh
# Which library functions does a shell call to run one external command?
here=$(dirname "$0")
exec "$here/../tsltrace" -e '*fork+wait*+chdir+exec*' sh -c 'cd /; pwd; ls -d /etc; exit 3'
