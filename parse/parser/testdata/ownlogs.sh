#!/bin/bash
# Makes textlog/named.log, redis.log, php-fpm.log, squid-cache.log and
# squid/access.log anew: programs of Debian 12 unpacked beside the system, run in
# name spaces of their own with overlays over /usr and /etc (see textlogs.sh),
# loopback only. Needs root, unshare, overlayfs, python3 and apt-get download.
# Takes about half a minute.
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "$IN_NAMESPACE" ]; then
	work=$(mktemp -d)
	mkdir -p "$work/deb/partial" "$work/root" "$work/mnt" "$work/out"
	apt-get -qq -y --download-only --no-install-recommends -o Dir::Cache::archives="$work/deb" -o Debug::NoLocking=1 install bind9 redis-server php8.2-fpm squid >/dev/null 2>&1
	for d in "$work"/deb/*.deb; do dpkg -x "$d" "$work/root"; done
	cp -rn "$work/root/lib/"* "$work/root/usr/lib/" 2>/dev/null
	WORK=$work IN_NAMESPACE=1 timeout -k 2 120 unshare -mnup --fork --kill-child --mount-proc bash "$here/ownlogs.sh" >"$work/trace" 2>&1
	for f in named redis php-fpm squid-cache squid-access; do [ -s "$work/out/$f.log" ] || { echo "ownlogs.sh: $f.log was not written: are unshare and overlayfs there, and root?"; tail -5 "$work/trace"; rm -rf "$work"; exit 1; }; done
	mkdir -p "$here/textlog" "$here/squid"; mv "$work/out/squid-access.log" "$here/squid/access.log"; cp "$work/out/"*.log "$here/textlog/"
	rm -rf "$work"
	exit 0
fi

mount -t tmpfs tmpfs "$WORK/mnt"
cd "$WORK/mnt" && mkdir etcu etcw usru usrw
mount -t overlay overlay -o "lowerdir=$WORK/root/usr:/usr,upperdir=$WORK/mnt/usru,workdir=$WORK/mnt/usrw" /usr
mount -t overlay overlay -o "lowerdir=$WORK/root/etc:/etc,upperdir=$WORK/mnt/etcu,workdir=$WORK/mnt/etcw" /etc
mountpoint -q /etc && mountpoint -q /usr || exit 1 # nothing of the machine changes
for d in /run /var/log /var/lib /var/spool /var/cache /dev/shm; do mount -t tmpfs tmpfs $d; done
ip link set lo up; hostname ns1; cd /; export PATH=/usr/sbin:/usr/bin:/sbin:/bin
echo '127.0.0.1 localhost ns1' >/etc/hosts; useradd -r proxy 2>/dev/null; L=/var/log
redis-server --port 6390 --bind 127.0.0.1 --logfile $L/redis.log --daemonize yes --dir /run --loglevel verbose --save ""
mkdir -p /var/cache/bind /run/named; cat > /run/named.conf <<'E'
options { directory "/var/cache/bind"; listen-on port 5355 {127.0.0.1;}; listen-on-v6 {none;}; recursion no; pid-file "/run/named/p"; dnssec-validation no; session-keyfile "/run/named/k"; allow-transfer {none;}; };
zone "example.org" { type master; file "/run/zone"; };
zone "bad.example.org" { type master; file "/run/nozone"; };
controls {};
logging { channel f { file "/var/log/named.log"; print-time yes; print-severity yes; print-category yes; severity info; }; category default { f; }; category queries { f; }; category security { f; }; };
E
printf '$TTL 60\n@ SOA ns root 1 1 1 1 1\n NS ns\nns A 192.0.2.1\n' >/run/zone
named -c /run/named.conf -u root
mkdir -p $L/squid; chown proxy $L/squid; printf 'http_port 127.0.0.1:3129\nhttp_access allow all\ncache_log /var/log/squid/cache.log\naccess_log /var/log/squid/access.log\npid_filename /run/squid.pid\nvisible_hostname ns1\ncache_effective_user proxy\n' >/run/squid.conf; squid -f /run/squid.conf
printf '[global]\nerror_log=/var/log/php-fpm.log\npid=/run/php.pid\n[www]\nuser=proxy\nlisten=127.0.0.1:9009\npm=static\npm.max_children=1\n' >/run/fpm.conf; php-fpm8.2 -y /run/fpm.conf
sleep 5
timeout 20 python3 - <<'P'
import socket,struct,urllib.request,http.server,threading
srv=http.server.HTTPServer(("127.0.0.1",8092),http.server.SimpleHTTPRequestHandler); threading.Thread(target=srv.serve_forever,daemon=True).start()
def q(n,typ):
    b=b"\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00"+b"".join(bytes([len(p)])+p.encode() for p in n.split("."))+b"\0"+struct.pack(">HH",typ,1)
    s=socket.create_connection(("127.0.0.1",5355),timeout=2); s.sendall(struct.pack(">H",len(b))+b)
    try: s.recv(300)
    except Exception: pass
q("ns.example.org",1); q("www.example.com",1); q("example.org",252)
for p in("/","/none"):
    try: urllib.request.build_opener(urllib.request.ProxyHandler({"http":"http://127.0.0.1:3129"})).open("http://127.0.0.1:8092"+p,timeout=5).read()
    except Exception as e: print(e)
s=socket.create_connection(("127.0.0.1",6390)); s.sendall(b"PING\r\nAUTH x\r\nQUIT\r\n"); s.recv(99)
P
redis-cli -p 6390 shutdown nosave; kill "$(cat /run/php.pid)" "$(cat /run/named/p)"; squid -f /run/squid.conf -k shutdown; sleep 4
cp $L/named.log $L/redis.log $L/php-fpm.log "$WORK/out/"; for f in cache access; do cp $L/squid/$f.log "$WORK/out/squid-$f.log"; done
