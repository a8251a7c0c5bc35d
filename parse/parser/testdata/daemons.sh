#!/bin/bash
# Makes syslog/daemons.log and ownlog/fail2ban.log anew: chronyd, Postfix and
# fail2ban of Debian 12, unpacked beside the system, run in name spaces of
# their own with overlays over /usr and /etc (see textlogs.sh). Needs root,
# unshare, overlayfs, python3 and apt-get download. Takes about a minute.
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "$IN_NAMESPACE" ]; then
	work=$(mktemp -d)
	mkdir "$work/deb" "$work/root" "$work/mnt" "$work/out"
	(cd "$work/deb" && apt-get -qq download rsyslog libestr0 libfastjson4 liblognorm5 chrony postfix fail2ban libseccomp2 libedit2 libicu72 python3-systemd 2>/dev/null
		for d in *.deb; do dpkg -x "$d" ../root; done)
	cp -rn "$work/root/lib/"* "$work/root/usr/lib/"
	WORK=$work IN_NAMESPACE=1 unshare -mnu bash "$here/daemons.sh" >/dev/null 2>&1
	for f in daemons fail2ban; do [ -s "$work/out/$f.log" ] || { echo "daemons.sh: $f.log was not written: are unshare and overlayfs there, and root?"; rm -rf "$work"; exit 1; }; done
	cp "$work/out/daemons.log" "$here/syslog/"; cp "$work/out/fail2ban.log" "$here/ownlog/"
	rm -rf "$work"
	exit 0
fi

mount -t tmpfs tmpfs "$WORK/mnt"
cd "$WORK/mnt" && mkdir dev etcu etcw usru usrw
for d in null zero random urandom tty full; do touch "dev/$d"; mount --bind "/dev/$d" "dev/$d"; done
mkdir dev/pts && mount -t devpts devpts dev/pts -o newinstance,ptmxmode=0666,mode=620 && ln -s pts/ptmx dev/ptmx
mount -t overlay overlay -o "lowerdir=$WORK/root/usr:/usr,upperdir=$WORK/mnt/usru,workdir=$WORK/mnt/usrw" /usr
mount -t overlay overlay -o "lowerdir=$WORK/root/etc:/etc,upperdir=$WORK/mnt/etcu,workdir=$WORK/mnt/etcw" /etc
mountpoint -q /etc && mountpoint -q /usr || exit 1 # nothing of the machine changes
mount --rbind "$WORK/mnt/dev" /dev
mount -t tmpfs tmpfs /run; mount -t tmpfs tmpfs /var/log; mount -t tmpfs tmpfs /var/lib; mkdir -p /var/lib/chrony /run/chrony /var/lib/fail2ban /run/fail2ban /var/spool
mount -t tmpfs tmpfs /var/spool
ip link set lo up; hostname web01; cd /; export PATH=/usr/sbin:/usr/bin:/sbin:/bin
echo '127.0.0.1 localhost web01 web01.example.org' >/etc/hosts
cat >/etc/rsyslog.conf <<'E'
module(load="imuxsock")
*.* action(type="omfile" file="/var/log/daemons.log" template="RSYSLOG_TraditionalFileFormat")
E
rsyslogd -i /run/rsyslogd.pid; sleep 1
# chrony
printf 'local stratum 10\nserver 127.0.0.1 iburst\nserver 192.0.2.1 iburst\nmakestep 1 3\ndriftfile /var/lib/chrony/drift\npidfile /run/chronyd.pid\nbindcmdaddress /\nuser root\n' > /etc/chrony.conf
chronyd -x -f /etc/chrony.conf; echo chrony $?
sleep 2
# postfix
groupadd -r postdrop; useradd -r postfix
mkdir -p /var/spool/postfix /var/lib/postfix; chown postfix /var/lib/postfix
cat > /etc/postfix/main.cf <<'E'
compatibility_level=3.6
queue_directory=/var/spool/postfix
command_directory=/usr/sbin
daemon_directory=/usr/lib/postfix/sbin
data_directory=/var/lib/postfix
mail_owner=postfix
setgid_group=postdrop
sendmail_path=/usr/sbin/sendmail
newaliases_path=/usr/bin/newaliases
mailq_path=/usr/bin/mailq
html_directory=no
manpage_directory=/usr/share/man
sample_directory=/etc/postfix
readme_directory=no
inet_protocols=ipv4
inet_interfaces=127.0.0.1
myhostname=mx1.example.org
mydestination=example.org
local_recipient_maps=
alias_maps=
mailbox_command=/bin/true
default_transport=error:no route
maillog_file=
E
cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf; touch /etc/postfix/dynamicmaps.cf
for d in active bounce corrupt defer deferred flush hold incoming maildrop pid private public saved trace; do mkdir -p /var/spool/postfix/$d; done
postfix set-permissions 2>/dev/null; postfix check; postfix start; echo postfix $?; sleep 3
(exec 3<>/dev/tcp/127.0.0.1/25; printf 'EHLO h.example.net\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<nobody1@example.org>\r\nRCPT TO:<x@example.com>\r\nAUTH LOGIN\r\nQUIT\r\n' >&3; timeout 3 cat <&3)
(exec 3<>/dev/tcp/127.0.0.1/25; sleep 1; printf 'EHLO h.example.net\r\nMAIL FROM:<a@example.net>\r\n' >&3; sleep 1; printf 'RCPT TO:<root@example.org>\r\n' >&3; sleep 1; printf 'DATA\r\n' >&3; sleep 1; printf 'Subject: x\r\n\r\nhello\r\n.\r\n' >&3; sleep 1;  printf 'QUIT\r\n' >&3; timeout 2 cat <&3)
(exec 3<>/dev/tcp/127.0.0.1/25; printf 'GET / HTTP/1.0\r\n\r\n' >&3; sleep 1)
echo hi | sendmail -f kim@example.org root@example.org nobody2@example.org
sleep 4; postfix reload; sleep 1; postfix stop
# fail2ban
cp -r /etc/fail2ban /run/f2b; cat > /run/f2b/jail.local <<'E'
[DEFAULT]
backend = polling
banaction = noop
usedns = no
[sshd]
enabled = true
logpath = /run/auth.log
maxretry = 2
bantime = 3
E
printf '[Definition]\nactionstart =\nactionstop =\nactioncheck =\nactionban =\nactionunban =\n' > /run/f2b/action.d/noop.conf
touch /run/auth.log
fail2ban-server -c /run/f2b -s /run/f2b.sock -p /run/f2b.pid --logtarget /var/log/fail2ban.log -b start; echo f2b $?
sleep 4
for i in 1 2 3; do echo "$(date '+%b %e %H:%M:%S') web01 sshd[81$i]: Failed password for root from 198.51.100.7 port 4002$i ssh2" >> /run/auth.log; done
sleep 8; fail2ban-client -s /run/f2b.sock stop
fail2ban-server -c /run/f2b -s /run/f2b.sock -p /run/f2b.pid --logtarget SYSLOG -b start; sleep 4
for i in 1 2 3; do echo "$(date '+%b %e %H:%M:%S') web01 sshd[82$i]: Failed password for root from 198.51.100.8 port 4002$i ssh2" >> /run/auth.log; done
sleep 8; fail2ban-client -s /run/f2b.sock stop
kill $(cat /run/chronyd.pid /run/chrony/chronyd.pid 2>/dev/null); sleep 1
kill $(cat /run/rsyslogd.pid); sleep 1
cp /var/log/daemons.log /var/log/fail2ban.log "$WORK/out/"
