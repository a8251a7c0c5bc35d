#!/bin/sh
# Makes the fixtures of this folder anew (root; lastlog and faillog of shadow).
set -e
cd "$(dirname "$0")"
unshare -m sh -c '
set -e
mount -t tmpfs tmpfs /var/log
touch /var/log/lastlog /var/log/faillog
lastlog -u root -S
lastlog -u daemon -S
lastlog -u nobody -S
faillog -u root -m 5
faillog -u daemon -m 3
faillog -u daemon -l 60
cat /var/log/lastlog | gzip -9 -n >lastlog.gz
cat /var/log/faillog >faillog
'
