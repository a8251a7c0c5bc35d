#!/bin/bash
# Makes the text fixtures anew (syslog, weblog, shellhistory): real programs of
# Debian 12, unpacked beside the system, run in name spaces of their own with
# overlays over /usr and /etc, so that nothing of the machine changes. Needs
# root, unshare, overlayfs and apt-get download. Takes about two minutes.
set -e
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "$IN_NAMESPACE" ]; then
	work=$(mktemp -d)
	mkdir "$work/deb" "$work/root" "$work/mnt" "$work/out"
	(cd "$work/deb" && apt-get -qq download rsyslog libestr0 libfastjson4 liblognorm5 openssh-server nginx nginx-common apache2-bin libapr1 libaprutil1 cron sudo libwrap0 zsh zsh-common 2>/dev/null
		for d in *.deb; do dpkg -x "$d" ../root; done)
	cp "$work/root/bin/"* "$work/root/usr/bin/"
	WORK=$work IN_NAMESPACE=1 unshare -mnu bash "$here/textlogs.sh" >/dev/null 2>&1 || true
	for f in syslog/traditional.log syslog/iso.log syslog/rfc5424.log weblog/nginx-access.log weblog/apache-access.log shellhistory/zsh; do
		[ -s "$work/out/$f" ] || { echo "textlogs.sh: $f was not written: are unshare and overlayfs there, and root?"; rm -rf "$work"; exit 1; }
	done
	for d in syslog weblog shellhistory; do mkdir -p "$here/$d"; cp "$work/out/$d/"* "$here/$d/"; done
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
mount -t tmpfs tmpfs /run; mount -t tmpfs tmpfs /var/log; mkdir -p /run/sshd /var/log/apache2 /var/log/nginx
ip link set lo up || true
hostname web01
set +e
cd /
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
echo '127.0.0.1 localhost web01' >/etc/hosts
cat >/etc/rsyslog.conf <<'E'
module(load="imuxsock")
$RepeatedMsgReduction on
*.* action(type="omfile" file="/var/log/traditional.log" template="RSYSLOG_TraditionalFileFormat")
*.* action(type="omfile" file="/var/log/iso.log" template="RSYSLOG_FileFormat")
*.* action(type="omfile" file="/var/log/rfc5424.log" template="RSYSLOG_SyslogProtocol23Format")
E
rsyslogd -i /run/rsyslogd.pid && sleep 1

groupadd ops; useradd -m -s /bin/bash -d /run/kim kim; useradd -m -d /run/park -s /bin/bash park
usermod -aG ops kim; usermod -s /bin/sh park; groupmod -n ops2 ops; gpasswd -a park ops2; gpasswd -d park ops2
usermod -L park; usermod -U park; chage -M 90 park; chsh -s /bin/bash park; echo 'kim:Spring-2024x' | chpasswd
useradd -r -d /run/sshd -s /usr/sbin/nologin sshd; echo 'park:Spring-2024y' | chpasswd
echo 'kim ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/kim; chmod 440 /etc/sudoers.d/kim
su kim -c 'sudo id'; su kim -c 'cd /tmp; sudo -u park ls'; su park -c 'sudo -n id'; su - kim -c 'su -c id park </dev/null'
su kim -c 'sudo cat "/etc/a b" ; sudo sh -c "echo a; id"'; su park -c 'echo wrong | sudo -S id'
runuser -u kim -- true
userdel park; groupdel ops2

ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key <<<y; ssh-keygen -q -t ed25519 -N '' -f /run/k
mkdir -p /run/kim/.ssh; cp /run/k.pub /run/kim/.ssh/authorized_keys; chown -R kim /run/kim; chmod 700 /run/kim/.ssh
printf '#!/bin/sh\necho wrong\n' >/run/ask; chmod 755 /run/ask
for level in INFO VERBOSE; do
	printf 'Port 2222\nListenAddress 127.0.0.1\nHostKey /etc/ssh/ssh_host_ed25519_key\nUsePAM yes\nDenyUsers games\nPermitRootLogin no\nMaxAuthTries 2\nLoginGraceTime 2\nLogLevel %s\nSubsystem sftp internal-sftp\nPidFile /run/sshd.pid\n' $level >/etc/ssh/sshd_config
	/usr/sbin/sshd -f /etc/ssh/sshd_config; sleep 1
	S="ssh -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=5"
	$S -i /run/k kim@127.0.0.1 id; $S -i /run/k -tt kim@127.0.0.1 true
	for u in nobody1 root games; do $S -i /run/k -o BatchMode=yes $u@127.0.0.1 id; done
	for u in kim root admin "a b"; do SSH_ASKPASS=/run/ask SSH_ASKPASS_REQUIRE=force $S -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=3 -l "$u" 127.0.0.1 id </dev/null; done
	echo ls | sftp -q -P 2222 -i /run/k -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null kim@127.0.0.1
	(exec 3<>/dev/tcp/127.0.0.1/2222; echo 'GET / HTTP/1.0' >&3; sleep 1)
	(exec 3<>/dev/tcp/127.0.0.1/2222; sleep 4)
	$S -o KexAlgorithms=diffie-hellman-group14-sha1 -i /run/k kim@127.0.0.1 id
	chmod 777 /run/kim/.ssh; $S -o BatchMode=yes -i /run/k kim@127.0.0.1 id; chmod 700 /run/kim/.ssh
	kill -HUP "$(cat /run/sshd.pid)"; sleep 1; kill "$(cat /run/sshd.pid)"; sleep 1
done
printf '* * * * * root true\n' >/etc/cron.d/zz
(cron -f & echo $! >/run/cron.pid2)
echo '* * * * * /bin/true' | crontab -; crontab -l; crontab -r
logger -t myapp -i "one line"; logger -p kern.info -t kernel "device eth0 entered promiscuous mode"
for i in 1 2 3; do logger -t rep same; done; logger -t other done
logger -t app "$(printf 'tab\there \033[31mred')"; logger -t '한글' '로그인 실패'

cat >/run/ngx.conf <<'E'
error_log /var/log/nginx/error.log info; pid /run/ngx.pid;
events {}
http { log_format timed '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent $request_time "$http_user_agent"';
log_format js escape=json '{"time":"$time_iso8601","remote_addr":"$remote_addr","request":"$request","status":"$status","bytes":"$body_bytes_sent","ua":"$http_user_agent"}';
access_log /var/log/nginx/access.log combined; access_log /var/log/nginx/timed.log timed; access_log /var/log/nginx/json.log js;
client_body_temp_path /run/n1; proxy_temp_path /run/n2; fastcgi_temp_path /run/n3; uwsgi_temp_path /run/n4; scgi_temp_path /run/n5;
server { listen 127.0.0.1:8081; root /run/www; location /deny { deny all; } location /up { proxy_pass http://127.0.0.1:9; } } }
E
mkdir -p /run/www; echo hi >/run/www/index.html
nginx -c /run/ngx.conf
cat >/run/apache.conf <<'E'
ServerRoot /usr/lib/apache2
ServerName web01
PidFile /run/a.pid
Listen 127.0.0.1:8082
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule dir_module modules/mod_dir.so
User www-data
Group www-data
DocumentRoot /run/www
DefaultRuntimeDir /run
<Location /deny>
Require all denied
</Location>
ErrorLog /var/log/apache2/error.log
LogLevel info
LogFormat "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" combined
LogFormat "%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" vhost_combined
LogFormat "%h %l %u %t \"%r\" %>s %b" common
LogFormat "%a %{%Y-%m-%dT%H:%M:%S%z}t \"%r\" %>s %D" odd
CustomLog /var/log/apache2/access.log combined
CustomLog /var/log/apache2/other_vhosts_access.log vhost_combined
CustomLog /var/log/apache2/common.log common
CustomLog /var/log/apache2/odd.log odd
E
apache2 -f /run/apache.conf; sleep 1
for p in 8081 8082; do
	for u in / /index.html /none '/a?x=1&y=<script>' /deny '/q"uote' /up '/한글'; do curl -s -A 'agent "q" \ x' -e 'http://r.example.org/?a="b"' "http://127.0.0.1:$p$u"; done
	curl -s -X POST -d x=1 http://127.0.0.1:$p/index.html
	(exec 3<>/dev/tcp/127.0.0.1/$p; printf '\x16\x03\x01 junk\r\n\r\n' >&3; cat <&3)
	(exec 3<>/dev/tcp/127.0.0.1/$p; printf 'GET /nohttp\r\n' >&3; timeout 1 cat <&3)
done
sleep 62
kill "$(cat /run/ngx.pid)" "$(cat /run/a.pid)" "$(cat /run/cron.pid2)"; sleep 1; kill "$(cat /run/rsyslogd.pid)"; sleep 1

export HOME=/run/h; mkdir -p /run/h
printf 'HISTFILE=/run/h/stamped\nHISTTIMEFORMAT=%%s\nHISTSIZE=100\nset -o history\nid -a\necho "two\nlines"\nhistory -w\n' | bash --norc
printf 'HISTFILE=/run/h/plain\nHISTSIZE=100\nset -o history\nid -a\necho it\nhistory -w\n' | bash --norc
zsh -f -i <<'E'
HISTFILE=/run/h/zsh; HISTSIZE=100; SAVEHIST=100; setopt extendedhistory incappendhistorytime
print -s "id -a"; print -s "echo 한글"; print -s $'echo two\nlines'
fc -W /run/h/zsh
E
mkdir -p "$WORK/out/syslog" "$WORK/out/weblog" "$WORK/out/shellhistory"
cp /var/log/traditional.log /var/log/iso.log /var/log/rfc5424.log "$WORK/out/syslog/"
for f in access timed json error; do cp /var/log/nginx/$f.log "$WORK/out/weblog/nginx-$f.log"; done
for f in access other_vhosts_access common odd error; do cp /var/log/apache2/$f.log "$WORK/out/weblog/apache-$f.log"; done
cp /run/ngx.conf "$WORK/out/weblog/nginx.conf"; cp /run/apache.conf "$WORK/out/weblog/apache2.conf"
for f in stamped plain zsh; do cp /run/h/$f "$WORK/out/shellhistory/$f"; done
