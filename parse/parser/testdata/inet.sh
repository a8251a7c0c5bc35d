#!/bin/bash
# Makes syslog/inet.log, syslog/proftpd.log and textlog/unattended-upgrades.log
# anew: ProFTPD, xinetd and unattended-upgrades of Debian 12 unpacked beside the
# system, run in name spaces of their own with overlays over /usr and /etc (see
# textlogs.sh), loopback only. Needs root, unshare, overlayfs, python3 and
# apt-get download. Takes about half a minute.
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "$IN_NAMESPACE" ]; then
	work=$(mktemp -d)
	mkdir -p "$work/deb/partial" "$work/root" "$work/mnt" "$work/out"
	apt-get -qq -y --download-only --no-install-recommends -o Dir::Cache::archives="$work/deb" -o Debug::NoLocking=1 install proftpd-core xinetd unattended-upgrades rsyslog >/dev/null 2>&1
	for d in "$work"/deb/*.deb; do dpkg -x "$d" "$work/root"; done
	cp -rn "$work/root/lib/"* "$work/root/usr/lib/" 2>/dev/null
	WORK=$work IN_NAMESPACE=1 timeout -k 2 120 unshare -mnup --fork --kill-child --mount-proc bash "$here/inet.sh" >"$work/trace" 2>&1
	for f in inet proftpd unattended-upgrades; do [ -s "$work/out/$f.log" ] || { echo "inet.sh: $f.log was not written: are unshare and overlayfs there, and root?"; head -12 "$work/trace"; tail -12 "$work/trace"; rm -rf "$work"; exit 1; }; done
	cp "$work/out/inet.log" "$work/out/proftpd.log" "$here/syslog/"; cp "$work/out/unattended-upgrades.log" "$here/textlog/"
	rm -rf "$work"
	exit 0
fi

[ -n "$WORK" ] || exit 1
mount -t tmpfs tmpfs "$WORK/mnt" || exit 1
cd "$WORK/mnt" && mkdir etcu etcw usru usrw libu libw dev || exit 1
mount -t overlay overlay -o "lowerdir=$WORK/root/usr:/usr,upperdir=$WORK/mnt/usru,workdir=$WORK/mnt/usrw" /usr
mount -t overlay overlay -o "lowerdir=$WORK/root/etc:/etc,upperdir=$WORK/mnt/etcu,workdir=$WORK/mnt/etcw" /etc
mount -t overlay overlay -o "lowerdir=/var/lib,upperdir=$WORK/mnt/libu,workdir=$WORK/mnt/libw" /var/lib
mountpoint -q /etc && mountpoint -q /usr && mountpoint -q /var/lib || exit 1 # nothing of the machine changes
for d in /run /var/log /var/spool /var/cache /dev/shm; do mount -t tmpfs tmpfs $d || exit 1; done
for d in null zero random urandom tty full; do touch "dev/$d"; mount --bind "/dev/$d" "dev/$d"; done
mount --rbind "$WORK/mnt/dev" /dev
chmod 755 /var/log /run; ip link set lo up; hostname ns1; cd /; export PATH=/usr/sbin:/usr/bin:/sbin:/bin; L=/var/log
echo '127.0.0.1 localhost ns1' >/etc/hosts
printf 'module(load="imuxsock")\n*.* action(type="omfile" file="/var/log/inet.log" template="RSYSLOG_TraditionalFileFormat")\n' >/etc/rsyslog.conf
rsyslogd -i /run/rsyslogd.pid; sleep 1
useradd -m -s /bin/bash -d /run/kim kim; useradd -m -d /run/park -s /usr/sbin/nologin park; useradd -r -d /run ftp 2>/dev/null
echo 'kim:Spring-2024x' | chpasswd; echo 'park:Spring-2024y' | chpasswd
# ProFTPD, once to syslog and once to a file of its own
mkdir -p /run/proftpd $L/unattended-upgrades
for way in '' "SystemLog $L/proftpd.log"; do
printf 'ServerName ns1\nServerType standalone\nPort 2121\nDefaultAddress 127.0.0.1\nUseIPv6 off\nUseReverseDNS off\nUser nobody\nGroup nogroup\nSyslogLevel info\nRequireValidShell off\nMaxLoginAttempts 2\nAuthOrder mod_auth_unix.c\nPidFile /run/proftpd.pid\nScoreboardFile /run/proftpd/score\nDelayEngine off\nTransferLog '$L'/xferlog\n%s\n' "$way" >/run/proftpd.conf
proftpd -c /run/proftpd.conf; sleep 2
timeout 40 python3 - <<'P'
import ftplib,io,socket
def go(user,pw,steps=lambda f:None):
    try:
        f=ftplib.FTP(); f.connect("127.0.0.1",2121,timeout=8); f.login(user,pw); steps(f); f.quit()
    except Exception as e: print(user,e)
def work(f):
    f.storbinary("STOR a b.txt",io.BytesIO(b"x")); f.retrbinary("RETR a b.txt",lambda b:0); f.mkd("d"); f.delete("a b.txt"); f.sendcmd("SITE CHMOD 777 d")
go("kim","Spring-2024x",work); go("kim","wrong"); go("park","Spring-2024y"); go("nobody2","x"); go("root","x"); go("anonymous","a@example.org"); go("eve (10.9.9.9[10.9.9.9]) - USER kim","x"); go("kim: Login successful.","x")
s=socket.create_connection(("127.0.0.1",2121)); s.sendall(b"GET / HTTP/1.0\r\n\r\n"); s.recv(900); s.close()
s=socket.create_connection(("127.0.0.1",2121)); s.sendall(b"USER kim\r\n"); s.close()
f=ftplib.FTP(); f.connect("127.0.0.1",2121)
for i in range(3):
    try: f.login("kim","no")
    except Exception as e: print(e)
P
kill -HUP "$(cat /run/proftpd.pid)"; sleep 2; kill "$(cat /run/proftpd.pid)"; sleep 2
done
# xinetd
service() { printf 'service %s\n{\n\ttype = %s\n\tport = %s\n\tbind = 127.0.0.1\n\tsocket_type = stream\n\tprotocol = tcp\n\twait = no\n\tuser = root\n%s}\n' "$@"; }
{
	printf 'defaults\n{\n\tlog_type = SYSLOG daemon info\n\tlog_on_success = PID HOST DURATION EXIT\n\tlog_on_failure = HOST ATTEMPT\n}\n'
	service hello UNLISTED 2223 $'\tserver = /usr/bin/true\n'
	service closed UNLISTED 2224 $'\tserver = /usr/bin/true\n\tno_access = 127.0.0.1\n'
	service gone UNLISTED 2225 $'\tserver = /usr/bin/no-such-server\n'
	service busy UNLISTED 2226 $'\tserver = /usr/bin/sleep\n\tserver_args = 1\n\tcps = 2 1\n'
	service time 'INTERNAL UNLISTED' 2227 ''
} >/run/xinetd.conf
xinetd -f /run/xinetd.conf -pidfile /run/xinetd.pid -stayalive; sleep 1
for p in 2223 2224 2225 2226 2226 2226 2226 2227; do (exec 3<>/dev/tcp/127.0.0.1/$p; timeout 1 cat <&3 >/dev/null); done; sleep 2
sed -i '/no_access/a\	bogus = 1' /run/xinetd.conf
kill -HUP "$(cat /run/xinetd.pid)"; sleep 2; kill -USR1 "$(cat /run/xinetd.pid)"; sleep 1; kill -TERM "$(cat /run/xinetd.pid)"; sleep 1
# unattended-upgrades: no list of packages is there, and nothing is installed
rm -rf /var/lib/apt/lists; mkdir -p /var/lib/apt/lists/partial /var/cache/apt/archives/partial
for v in '--dry-run' -v; do PYTHONPATH=/usr/lib/python3/dist-packages /usr/bin/python3 -B /usr/bin/unattended-upgrade $v; done; sleep 1
cp $L/inet.log $L/proftpd.log $L/unattended-upgrades/unattended-upgrades.log "$WORK/out/"
