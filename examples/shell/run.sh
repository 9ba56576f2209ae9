#!/bin/sh
# Which library functions does a shell call to run one external command?
here=$(dirname "$0")
exec "$here/../tsltrace" -e 'fork+vfork+execve+wait3+waitpid+chdir+getcwd+strtol' sh -c 'cd /; pwd; ls -d /etc; exit 3'
