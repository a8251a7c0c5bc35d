#!/bin/sh
# Makes the fixtures of this folder anew (root; Debian's systemd-journald,
# systemd-journal-remote, unshare, python3, gzip). The hosts and names are
# invented; ids and times differ from run to run.
set -e
out=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cp "$out/send.py" "$out/remote.py" "$tmp"
printf '[Journal]\nStorage=volatile\nAudit=no\nReadKMsg=no\nRuntimeMaxUse=16M\nRuntimeMaxFileSize=4M\nCompress=512\n' >"$tmp/journald.conf"
echo 5a5a0123456789abcdef0123456789ab >"$tmp/machine-id"
cat >"$tmp/inside.sh" <<'IN'
set -e
hostname web01
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/journal /run/log/journal
mount --bind "$1/journald.conf" /etc/systemd/journald.conf
mount --bind "$1/machine-id" /etc/machine-id
/lib/systemd/systemd-journald &
pid=$!
for i in 1 2 3 4 5 6 7 8 9 10; do [ -S /run/systemd/journal/dev-log ] && break; sleep 0.2; done
cp "$1/send.py" /run/send.py
env -i PATH=/usr/bin:/bin /usr/bin/python3 /run/send.py
sleep 1
cp /run/log/journal/*/system.journal "$1/online.journal"
kill "$pid"; wait "$pid" || true
cp /run/log/journal/*/system.journal "$1/offline.journal"
IN
unshare -m -n -u --ipc sh "$tmp/inside.sh" "$tmp"
python3 "$tmp/remote.py" >"$tmp/in.export"
for c in 0 1; do
	SYSTEMD_JOURNAL_COMPACT=$c SYSTEMD_JOURNAL_KEYED_HASH=$c /lib/systemd/systemd-journal-remote -o "$tmp/remote$c.journal" "$tmp/in.export"
done
mv "$tmp/remote0.journal" "$tmp/regular.journal"
mv "$tmp/remote1.journal" "$tmp/compact.journal"
for f in online offline regular compact; do
	gzip -9 -n -c "$tmp/$f.journal" >"$out/$f.journal.gz"
done
