#!/bin/bash
# Makes ownlog/clamav.log, ownlog/freshclam.log and clamscan/scan.log anew:
# ClamAV of Debian 12, unpacked beside the system, with one signature of its
# own (the MD5 of a harmless text) and a mirror at which nobody answers. Needs
# python3 and apt-get download; no root.
set -e
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq download clamav clamav-daemon clamav-freshclam libclamav12 libmspack0 2>/dev/null
for d in *.deb; do dpkg -x "$d" root; done
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu PATH=$work/root/usr/bin:$work/root/usr/sbin:$PATH TZ=UTC
mkdir -p db srv/www/up
echo 'harmless marker of the fixture' >srv/www/up/a.txt
echo plain >srv/www/up/b.txt
: >srv/www/up/empty
cp srv/www/up/a.txt 'srv/www/up/c: d.txt'
ln -s a.txt srv/www/up/link
sigtool --md5 srv/www/up/a.txt | sed 's/:[^:]*$/:Fixture.Marker-1/' >db/fixture.hdb
clamscan -d db -r -l scan.log srv >/dev/null 2>&1 || true
sleep 2
clamscan -d db -r -i -l scan.log srv >/dev/null 2>&1 || true
cat >clamd.conf <<X
LogFile $work/clamd.log
LogTime yes
LogVerbose yes
LogClean yes
ExtendedDetectionInfo yes
LocalSocket $work/clamd.sock
DatabaseDirectory $work/db
PidFile $work/clamd.pid
SelfCheck 2
User $(id -un)
X
clamd -c clamd.conf
sleep 2
for c in "SCAN $work/srv/www/up/a.txt" "SCAN $work/srv/www/up/b.txt" "SCAN $work/srv/none" RELOAD VERSION; do
	python3 -c 'import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.send(b"z"+sys.argv[2].encode()+b"\0"); s.recv(4096)' "$work/clamd.sock" "$c"
done
sleep 3
kill "$(cat clamd.pid)"
sleep 2
printf 'UpdateLogFile %s\nLogTime yes\nDatabaseDirectory %s\nDatabaseMirror 127.0.0.1\nConnectTimeout 2\nMaxAttempts 1\nDatabaseOwner %s\n' "$work/freshclam.log" "$work/db" "$(id -un)" >fresh.conf
timeout 30 freshclam --config-file=fresh.conf >/dev/null 2>&1 || true
mkdir -p "$here/ownlog" "$here/clamscan"
for f in clamd freshclam scan; do sed -i "s|$work||g" $f.log; done
cp clamd.log "$here/ownlog/clamav.log"
cp freshclam.log "$here/ownlog/freshclam.log"
cp scan.log "$here/clamscan/scan.log"
