#!/bin/sh
# Makes the fixtures of this folder anew with utmpdump of util-linux.
set -e
cd "$(dirname "$0")"
for f in wtmp btmp utmp; do utmpdump -r <"$f.txt" >"$f" 2>/dev/null; done
