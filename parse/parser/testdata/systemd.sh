#!/bin/bash
# Makes syslog/systemd.log anew: the systemd of this machine (252 of Debian 12)
# as process 1 of name spaces of its own over a root of its own, with units
# that work, fail, crash and are missing, a session, a user's manager, and a
# power-off; journald's entries are written in the form of syslog. Needs root,
# unshare and journalctl; nothing of the machine changes. Takes 20 seconds.
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "$IN_NAMESPACE" ]; then
	work=$(mktemp -d)
	mkdir -p "$work/out/journal" "$work/root"
	WORK=$work IN_NAMESPACE=1 timeout 60 unshare -mpuiCn --fork bash "$here/systemd.sh" >/dev/null 2>&1
	TZ=UTC journalctl -D "$work/out/journal" -o short --no-pager -q | grep -v 'apt-daily\|postgresql' >"$here/syslog/systemd.log"
	rm -rf "$work"
	[ -s "$here/syslog/systemd.log" ] || { echo 'systemd.sh: no entry was written: are unshare, cgroups and root there?'; exit 1; }
	exit 0
fi
mount --make-rprivate /
hostname web01
mount -t tmpfs tmpfs "$WORK/root" && cd "$WORK/root" || exit 1
mkdir old usr etc var run dev proc sys tmp root home
ln -s usr/bin bin; ln -s usr/sbin sbin; ln -s usr/lib lib; ln -s usr/lib64 lib64
mount --bind /usr usr && mount -o remount,ro,bind usr
cp -a /etc/passwd /etc/group /etc/shadow /etc/pam.d /etc/security /etc/nsswitch.conf /etc/login.defs /etc/ld.so.cache /etc/systemd /etc/dbus-1 /etc/alternatives etc/
echo web01 >etc/hostname; echo 0123456789abcdef0123456789abcdef >etc/machine-id
mkdir -p var/log var/lib/systemd var/tmp
mount --bind "$WORK/out" var/log
mount -t tmpfs tmpfs run; mount -t tmpfs tmpfs tmp; mount -t tmpfs tmpfs dev
for d in null zero random urandom tty full; do touch dev/$d; mount --bind /dev/$d dev/$d; done
mkdir dev/pts dev/shm; mount -t devpts devpts dev/pts -o newinstance,ptmxmode=0666; ln -s pts/ptmx dev/ptmx; ln -s /proc/self/fd dev/fd
mount -t proc proc proc; mount -t sysfs -o ro sysfs sys; mount -t tmpfs tmpfs sys/fs/cgroup
mkdir -p sys/fs/cgroup/systemd sys/fs/cgroup/unified run/systemd etc/systemd/system/multi-user.target.wants etc/systemd/journald.conf.d
mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd; mount -t cgroup2 cgroup2 sys/fs/cgroup/unified
unit() { cat >etc/systemd/system/$1; ln -s ../$1 etc/systemd/system/multi-user.target.wants/$1; }
printf '[Unit]\nDescription=Sample web server\n[Service]\nExecStart=/bin/sleep 100\n' | unit web.service
printf '[Unit]\nDescription=Session 99 of User root\n[Service]\nExecStart=/bin/sleep 100\n' | unit decoy.service
printf '[Unit]\nDescription=Broken helper\n[Service]\nExecStart=/bin/false\nRestart=on-failure\nRestartSec=200ms\n' | unit bad.service
printf '[Unit]\nDescription=Program that is not there\n[Service]\nExecStart=/opt/none\n' | unit gone.service
printf '[Service]\nExecStart=/bin/sh -c "kill -SEGV $$$$"\n' | unit killed.service
printf '[Unit]\nDescription=Needs a file\nConditionPathExists=/none\n[Service]\nExecStart=/bin/true\n' | unit cond.service
printf '[Service]\nExecStart=/bin/sleep 50\n' | unit long.service
printf '[Unit]\nDescription=Acts of the fixture\n[Service]\nType=oneshot\nKillMode=process\nExecStart=/bin/sh -c "sleep 3; systemctl daemon-reload; systemctl restart web; systemctl stop web; su -s /bin/sh daemon -c id; systemctl start user@1.service; systemd-run --unit=job1 /bin/true; systemctl kill -s KILL long; sleep 2; journalctl --rotate; systemctl stop user@1; (sleep 2; systemctl poweroff) &"\nExecStartPost=/bin/sleep 1\n' | unit acts.service
ln -s /lib/systemd/system/multi-user.target etc/systemd/system/default.target
printf '[Journal]\nStorage=persistent\nForwardToSyslog=no\n' >etc/systemd/journald.conf.d/x.conf
for m in systemd-udevd.service systemd-resolved.service systemd-timesyncd.service apt-daily.timer apt-daily-upgrade.timer; do ln -s /dev/null etc/systemd/system/$m; done
pivot_root . old; umount -l /old
exec /usr/bin/env -i PATH=/usr/sbin:/usr/bin TZ=UTC container=other TERM=linux /lib/systemd/systemd --log-target=journal --show-status=0
