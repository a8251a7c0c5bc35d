#!/bin/bash
# Makes syslog/mail.log anew: Postfix and Dovecot of Debian 12, unpacked beside
# the system, run in name spaces of their own with overlays over /usr and /etc
# (see textlogs.sh), loopback only: mail that is delivered, bounced, deferred,
# refused, held and rewritten, SASL and TLS that fail and do not, postscreen,
# rate limits, the commands of the administrator, IMAP and POP3. At most two lines
# of each shape are kept. Needs root, unshare, overlayfs, python3, openssl and
# apt-get download. Takes about two minutes.
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "$IN_NAMESPACE" ]; then
	work=$(mktemp -d)
	mkdir -p "$work/deb/partial" "$work/root" "$work/mnt" "$work/out"
	apt-get -qq -y --download-only --no-install-recommends -o Dir::Cache::archives="$work/deb" -o Debug::NoLocking=1 install rsyslog postfix postfix-pcre dovecot-core dovecot-imapd dovecot-pop3d >/dev/null 2>&1
	for d in "$work"/deb/*.deb; do dpkg -x "$d" "$work/root"; done
	cp -rn "$work/root/lib/"* "$work/root/usr/lib/" 2>/dev/null
	WORK=$work IN_NAMESPACE=1 timeout -k 2 240 unshare -mnup --fork --kill-child --mount-proc bash "$here/mail.sh" >"$work/trace" 2>&1
	[ -s "$work/out/mail.log" ] || { echo "mail.sh: mail.log was not written: are unshare and overlayfs there, and root?"; tail -5 "$work/trace"; rm -rf "$work"; exit 1; }
	awk '{ s = $5 " "; for (i = 6; i <= NF; i++) s = s $i " "; gsub(/[A-Za-z0-9+\/]*[0-9][A-Za-z0-9+\/]*|[A-F]{6,}/, "#", s); if (++n[substr(s, 1, 110)] <= 2) print }' "$work/out/mail.log" >"$here/syslog/mail.log"
	rm -rf "$work"
	exit 0
fi

mount -t tmpfs tmpfs "$WORK/mnt"
cd "$WORK/mnt" && mkdir dev etcu etcw usru usrw
for d in null zero random urandom tty full; do touch "dev/$d"; mount --bind "/dev/$d" "dev/$d"; done
mkdir dev/pts dev/shm && mount -t devpts devpts dev/pts -o newinstance,ptmxmode=0666,mode=620 && ln -s pts/ptmx dev/ptmx
mount -t tmpfs tmpfs dev/shm; ln -s /proc/self/fd dev/fd
mount -t overlay overlay -o "lowerdir=$WORK/root/usr:/usr,upperdir=$WORK/mnt/usru,workdir=$WORK/mnt/usrw" /usr
mount -t overlay overlay -o "lowerdir=$WORK/root/etc:/etc,upperdir=$WORK/mnt/etcu,workdir=$WORK/mnt/etcw" /etc
mountpoint -q /etc && mountpoint -q /usr || exit 1 # nothing of the machine changes
mount --rbind "$WORK/mnt/dev" /dev
for d in /run /var/log /var/lib /var/spool /srv /home; do mount -t tmpfs tmpfs $d; done
ip link set lo up; hostname mx1; cd /; export PATH=/usr/sbin:/usr/bin:/sbin:/bin
echo '127.0.0.1 localhost mx1 mx1.example.org' >/etc/hosts
cat >/etc/rsyslog.conf <<'E'
module(load="imuxsock")
*.* action(type="omfile" file="/var/log/mail.log" template="RSYSLOG_TraditionalFileFormat")
E
rsyslogd -i /run/rsyslogd.pid; sleep 1
groupadd -r postdrop; useradd -r postfix; useradd -r dovecot; useradd -r dovenull; useradd -m -s /bin/bash kim; useradd -m park; useradd -r vmail; echo 'kim:Spring-2024x' | chpasswd
mkdir -p /var/spool/postfix /var/lib/postfix /var/mail; chown postfix /var/lib/postfix; mkdir -p /srv/vmail; chown vmail /srv/vmail
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
mydestination=example.org, localhost
virtual_mailbox_domains=virtual.example.org
virtual_mailbox_maps=static:box
virtual_mailbox_base=/srv/vmail
virtual_uid_maps=static:VUID
virtual_gid_maps=static:VUID
virtual_alias_maps=inline:{old@example.org=kim@example.org}
alias_maps=hash:/etc/postfix/aliases
alias_database=hash:/etc/postfix/aliases
mailbox_size_limit=20000
virtual_mailbox_limit=20000
message_size_limit=15000
maillog_file=
smtpd_sasl_type=dovecot
smtpd_sasl_path=private/auth
smtpd_sasl_auth_enable=yes
smtpd_tls_security_level=may
smtpd_tls_cert_file=/run/cert.pem
smtpd_tls_key_file=/run/key.pem
smtpd_tls_loglevel=1
smtp_tls_loglevel=1
smtp_tls_security_level=may
smtpd_client_restrictions=check_client_access inline:{127.0.0.66=REJECT},permit
smtpd_helo_required=yes
smtpd_helo_restrictions=check_helo_access inline:{bad.example.net=REJECT},reject_invalid_helo_hostname,permit
smtpd_sender_restrictions=check_sender_access texthash:/etc/postfix/senders,reject_unknown_sender_domain
smtpd_recipient_restrictions=permit_sasl_authenticated,reject_unauth_destination
header_checks=pcre:/etc/postfix/header
default_transport=smtp
relayhost=
transport_maps=inline:{{dead.example.org=smtp:[127.0.0.1]:2599},{ok.example.org=smtp:[127.0.0.1]:2526},{refuse.example.org=smtp:[127.0.0.1]:2527},{hang.example.org=smtp:[127.0.0.1]:2528},{err.example.org=error:no route},{disc.example.org=discard:quietly},{pipe.example.org=fail}}
relay_domains=dead.example.org ok.example.org refuse.example.org hang.example.org err.example.org disc.example.org pipe.example.org
postscreen_greet_action=enforce
postscreen_greet_wait=2s
postscreen_pipelining_enable=yes
postscreen_pipelining_action=enforce
postscreen_non_smtp_command_enable=yes
postscreen_non_smtp_command_action=drop
postscreen_bare_newline_enable=yes
postscreen_access_list=permit_mynetworks cidr:/etc/postfix/pscidr
mynetworks=127.0.0.9/32
smtpd_error_sleep_time=0
smtpd_hard_error_limit=6
smtpd_soft_error_limit=3
smtpd_timeout=4s
anvil_status_update_time=8s
smtpd_client_connection_rate_limit=12
smtpd_client_event_limit_exceptions=127.0.0.9
smtpd_discard_ehlo_keywords=chunking
notify_classes=resource,software,bounce,2bounce,delay
delay_warning_time=2s
authorized_verp_clients=127.0.0.1
E
sed -i "s/VUID/$(id -u vmail)/" /etc/postfix/main.cf
printf 'spam@example.net REJECT\nwarn@example.net WARN look\nhold@example.net HOLD\ndiscard@example.net DISCARD\nfilter@example.net FILTER smtp:[127.0.0.1]:2526\nprepend@example.net PREPEND X-A: b\nredirect@example.net REDIRECT kim@example.org\ninfo@example.net INFO seen\n' >/etc/postfix/senders
echo '127.0.0.67/32 reject
127.0.0.68/32 permit' > /etc/postfix/pscidr
printf '/^Subject: viagra/ REJECT no\n/^Subject: warnme/ WARN hm\n/^Subject: holdme/ HOLD\n/^Subject: dropme/ DISCARD gone\n/^X-Old:/ IGNORE\n/^Subject: repl/ REPLACE Subject: new\n/^Subject: red/ REDIRECT kim@example.org\n/^Subject: pre/ PREPEND X-P: 1\n/^Subject: strip/ STRIP\n' >/etc/postfix/header
printf 'root: kim\nloop: loop2\nloop2: loop\nlist: kim, park, nobody9\npipe: "|/bin/false"\npipeok: "|/bin/cat >/dev/null"\nfile: /nonexistent/x\nfwd: x@dead.example.org\n:inc\n' >/etc/postfix/aliases
cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf; touch /etc/postfix/dynamicmaps.cf; mkdir -p /etc/postfix/dynamicmaps.cf.d; echo 'pcre postfix-pcre.so dict_pcre_open' >/etc/postfix/dynamicmaps.cf
cat >> /etc/postfix/master.cf <<'E'
127.0.0.1:2525 inet n - n - 1 postscreen -o postscreen_dnsbl_sites=
smtpd pass - - n - - smtpd
127.0.0.1:587 inet n - n - - smtpd -o syslog_name=postfix/submission -o smtpd_tls_security_level=encrypt -o smtpd_delay_reject=no
127.0.0.1:465 inet n - n - - smtpd -o syslog_name=postfix/smtps -o smtpd_tls_wrappermode=yes
127.0.0.1:2530 inet n - n - - smtpd -o smtpd_client_connection_rate_limit=2 -o smtpd_client_message_rate_limit=1
fail unix - n n - - pipe flags=F user=vmail argv=/bin/false
127.0.0.1:2531 inet n - n - - nosuchdaemon
E
sed -i -E 's/^([a-z0-9.:-]+ +(unix|inet|pass|fifo) +[^ ]+ +[^ ]+ +)y /\1n /' /etc/postfix/master.cf
for d in active bounce corrupt defer deferred flush hold incoming maildrop pid private public saved trace; do mkdir -p /var/spool/postfix/$d; done
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=mx1.example.org -keyout /run/key.pem -out /run/cert.pem 2>/dev/null
mkdir -p /run/dovecot /var/lib/dovecot /etc/dv
cat >/etc/dv/dovecot.conf <<'E'
base_dir=/run/dovecot
state_dir=/var/lib/dovecot
protocols=imap pop3
listen=127.0.0.1
auth_verbose=yes
mail_location=maildir:/run/mail/%u
ssl=yes
ssl_cert=</run/cert.pem
ssl_key=</run/key.pem
disable_plaintext_auth=no
auth_mechanisms=plain login cram-md5
first_valid_uid=1
passdb {
 driver=passwd-file
 args=/run/dvpw
}
userdb {
 driver=static
 args=uid=vmail gid=vmail home=/run/mail/%u
}
service auth {
 unix_listener /var/spool/postfix/private/auth {
  mode=0666
 }
}
service imap-login { 
 inet_listener imap { 
 port=143 
 } 
}
E
echo 'kim:{PLAIN}Spring-2024x::::::
park:{PLAIN}x::::::' > /run/dvpw; mkdir -p /run/mail; chown vmail /run/mail
dovecot -c /etc/dv/dovecot.conf; echo dovecot $?
postfix set-permissions 2>/dev/null; postalias hash:/etc/postfix/aliases; postfix check; chmod 666 /var/spool/postfix/private/auth; postfix start; echo postfix $?; sleep 3; chmod 777 /var/spool/postfix/private /var/spool/postfix/private/auth
python3 - <<'P' &
import socket,threading
def ok(c):
    c.sendall(b"220 ok.example.org ESMTP\r\n")
    f=c.makefile('rb'); data=False
    for l in f:
        if data:
            if l==b".\r\n": data=False; c.sendall(b"250 2.0.0 Ok: queued as 7F3A1\r\n")
            continue
        u=l.upper()
        if u.startswith(b"EHLO"): c.sendall(b"250-ok.example.org\r\n250 SIZE\r\n")
        elif u.startswith(b"DATA"): data=True; c.sendall(b"354 go\r\n")
        elif u.startswith(b"RCPT") and b"user5" in l: c.sendall(b"550 5.1.1 <user5@ok.example.org>: User unknown\r\n")
        elif u.startswith(b"RCPT") and b"user4" in l: c.sendall(b"450 4.2.0 <user4@ok.example.org>: Greylisted\r\n")
        elif u.startswith(b"QUIT"): c.sendall(b"221 bye\r\n"); break
        else: c.sendall(b"250 2.1.0 Ok\r\n")
    c.close()
def refuse(c): c.sendall(b"421 4.3.2 too busy\r\n"); c.close()
def hang(c):
    c.sendall(b"220 hang ESMTP\r\n"); c.recv(100); c.close()
def serve(p,h):
    s=socket.socket(); s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); s.bind(("127.0.0.1",p)); s.listen(9)
    while 1:
        c,_=s.accept(); threading.Thread(target=h,args=(c,),daemon=True).start()
for p,h in((2526,ok),(2527,refuse),(2528,hang)): threading.Thread(target=serve,args=(p,h),daemon=True).start()
threading.Event().wait(100)
P
FAKE=$!
sleep 1
timeout 100 python3 - <<'P'
import socket,time,smtplib,ssl,imaplib,poplib
def talk(lines,port=25,src="127.0.0.1",pause=0.0,greet=True,end=True):
    try:
        s=socket.create_connection(("127.0.0.1",port),timeout=8,source_address=(src,0)); s.settimeout(4)
        if greet: s.recv(500)
        for l in lines:
            s.sendall(l.encode() if isinstance(l,str) else l); time.sleep(pause)
            if not l: continue
            try: s.recv(2000)
            except Exception: pass
        s.close()
    except Exception as e: print("talk",lines[:1],e)
def mail(frm,to,body="Subject: x\r\n\r\nhello\r\n",src="127.0.0.1",port=25):
    try:
        c=smtplib.SMTP("127.0.0.1",port,local_hostname="h.example.net",source_address=(src,0),timeout=8); c.ehlo()
        r=c.sendmail(frm,to,body); c.quit(); print("sent",frm,to,r)
    except Exception as e: print("mail",frm,to,type(e).__name__,str(e)[:150])
for to in ["kim@example.org","old@example.org","root@example.org","list@example.org","pipe@example.org","pipeok@example.org","file@example.org","fwd@example.org","loop@example.org","nobody1@example.org","box@virtual.example.org","a@dead.example.org","user1@ok.example.org","user5@ok.example.org","user4@ok.example.org","a@refuse.example.org","a@hang.example.org","a@err.example.org","a@disc.example.org","a@pipe.example.org","x@elsewhere.example.com"]:
    mail("kim@example.org",[to],src="127.0.0.9")
for f in ["spam","warn","hold","discard","filter","prepend","redirect","info"]: mail(f+"@example.net",["kim@example.org"],src="127.0.0.9")
mail("x@nosuch.invalid",["kim@example.org"],src="127.0.0.9")
mail("<>",["kim@example.org"],src="127.0.0.9")
for s in ["viagra","warnme","holdme","dropme","repl","red","pre","strip"]: mail("kim@example.org",["kim@example.org"],"Subject: %s\r\nX-Old: 1\r\n\r\nhello\r\n"%s,src="127.0.0.9")
mail("kim@example.org",["kim@example.org"],"Subject: big\r\n\r\n"+"x"*70+"\r\n"+("y"*70+"\r\n")*300,src="127.0.0.9")
mail("kim@example.org",["kim@example.org"],"Subject: big\r\n\r\n"+("y"*70+"\r\n")*150,src="127.0.0.9")
mail("kim@example.org",["kim@example.org"],"Subject: big\r\n\r\n"+("y"*70+"\r\n")*150,src="127.0.0.9")
mail("kim@example.org",["box@virtual.example.org"],"Subject: big\r\n\r\n"+("y"*70+"\r\n")*150,src="127.0.0.9")
mail("kim@example.org",["box@virtual.example.org"],"Subject: big\r\n\r\n"+("y"*70+"\r\n")*150,src="127.0.0.9")
talk(["EHLO a\r\n","MAIL FROM:<kim@example.org> SIZE=99999999\r\n","QUIT\r\n"],src="127.0.0.9")
talk(["EHLO bad.example.net\r\n","MAIL FROM:<a@example.net>\r\n","RCPT TO:<kim@example.org>\r\n"],src="127.0.0.9")
talk(["EHLO a_b!\r\n","MAIL FROM:<a@example.net>\r\n","RCPT TO:<kim@example.org>\r\n"],src="127.0.0.9")
talk(["MAIL FROM:<a@example.net>\r\n","QUIT\r\n"],src="127.0.0.9")
talk(["EHLO x\r\n","MAIL FROM:a b c\r\n","RCPT TO:<@@>\r\n","DATA\r\n","BDAT x\r\n","VRFY kim\r\n","EXPN list\r\n","ETRN a\r\n"],src="127.0.0.9")
talk(["EHLO x\r\n"],src="127.0.0.66"); talk(["EHLO x\r\n","MAIL FROM:<a@example.net>\r\n","RCPT TO:<kim@example.org>\r\n"],src="127.0.0.66")
talk(["GET / HTTP/1.0\r\n\r\n"]); talk(["CONNECT x:1 HTTP/1.0\r\n"]); talk([b"\x16\x03\x01junk\r\n"]); talk([]); talk(["EHLO x\r\n","AUTH PLAIN AGtpbQB3cm9uZw==\r\n","AUTH LOGIN\r\n","a2lt\r\n","d3Jvbmc=\r\n","AUTH CRAM-MD5\r\n","!!!\r\n","AUTH PLAIN\r\n","*\r\n","AUTH NOSUCH x\r\n","QUIT\r\n"])
talk(["EHLO x\r\n","AUTH PLAIN AGtpbQBTcHJpbmctMjAyNHg=\r\n","MAIL FROM:<kim@example.org>\r\n","RCPT TO:<user1@ok.example.org>\r\n","DATA\r\n","Subject: s\r\n\r\nx\r\n.\r\n","QUIT\r\n"])
talk(["EHLO x\r\n","MAIL FROM:<a@example.org>\r\n","RCPT TO:<kim@example.org>\r\n","DATA\r\n","Subject: half"])
talk(["EHLO x\r\n"]); s=socket.create_connection(("127.0.0.1",25)); s.recv(100); time.sleep(6); s.close()
for i in range(14): talk(["EHLO r\r\n","QUIT\r\n"])
for i in range(4): talk(["EHLO r\r\n","QUIT\r\n"],port=2530,src="127.0.0.5"); mail("kim@example.org",["kim@example.org"],src="127.0.0.6",port=2530)
# submission & smtps
ctx=ssl._create_unverified_context()
try:
    c=smtplib.SMTP("127.0.0.1",587,timeout=8); c.ehlo("h"); 
    try: c.login("kim","Spring-2024x")
    except Exception as e: print("e",e)
    c.starttls(context=ctx); c.ehlo("h")
    for u,p in(("kim","bad"),("admin","x"),("kim","Spring-2024x")):
        try: c.login(u,p); print("login",u)
        except Exception as e: print("sub",str(e)[:80])
    c.sendmail("kim@example.org",["user1@ok.example.org"],"Subject: t\r\n\r\nq\r\n"); c.quit()
except Exception as e: print("sub",e)
try:
    c=smtplib.SMTP_SSL("127.0.0.1",465,context=ctx,timeout=8); c.login("kim","Spring-2024x"); c.quit()
except Exception as e: print("smtps",e)
talk(["EHLO x\r\n"],port=465,greet=False); talk(["EHLO x\r\n","STARTTLS\r\n","junk\r\n"],port=587)
try:
    t=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT); t.check_hostname=False; t.load_default_certs(); smtplib.SMTP_SSL("127.0.0.1",465,context=t,timeout=5)
except Exception as e: print("tls",str(e)[:60])
# postscreen
talk(["EHLO early\r\n"],port=2525,greet=False); talk(["EHLO x\r\n","MAIL FROM:<a@example.net>\r\n","RCPT TO:<kim@example.org>\r\n","QUIT\r\n"],port=2525,pause=3)
talk(["EHLO x\r\n","QUIT\r\n"],port=2525,src="127.0.0.68",pause=1); talk(["EHLO x\r\n"],port=2525,src="127.0.0.67",pause=1); talk(["EHLO x\r\n"],port=2525,src="127.0.0.9",pause=1)
talk(["GET / HTTP/1.0\r\n\r\n"],port=2525,src="127.0.0.70",pause=3); talk([],port=2525,src="127.0.0.71"); talk(["EHLO x\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<kim@example.org>\r\n"],port=2525,src="127.0.0.72",pause=3); talk(["EHLO x\n","MAIL FROM:<a@b>\n"],port=2525,src="127.0.0.73",pause=3)
# imap, pop3
for u,p in(("kim","bad"),("admin","bad"),("kim","Spring-2024x")):
    try: m=imaplib.IMAP4("127.0.0.1"); m.login(u,p); m.select(); m.append("INBOX",None,None,b"Subject: a\r\n\r\nb\r\n"); m.logout()
    except Exception as e: print("imap",e)
for u,p in(("kim","bad"),("kim","Spring-2024x")):
    try: m=poplib.POP3("127.0.0.1"); m.user(u); m.pass_(p); m.stat(); m.quit()
    except Exception as e: print("pop",e)
try: m=imaplib.IMAP4_SSL("127.0.0.1",ssl_context=ctx); m.login("kim","Spring-2024x"); m.shutdown()
except Exception as e: print("imaps",e)
talk(["x\r\n"],port=143); talk([],port=143); talk(["GET / HTTP/1.0\r\n"],port=993,greet=False); talk(["a LOGIN kim Spring-2024x\r\n","b SELECT INBOX\r\n"],port=143)
P
for i in 1 2; do echo hi | timeout 5 sendmail -f kim@example.org kim@example.org nobody2@example.org x@dead.example.org; done
timeout 5 su kim -s /bin/sh -c "sendmail -bs </dev/null"; su kim -s /bin/sh -c 'echo hi | timeout 3 sendmail -t'; echo 'To: kim@example.org' | timeout 5 sendmail -t -v; timeout 5 sendmail -q
timeout 5 postqueue -f; timeout 5 postqueue -p | tail -3
sleep 3; Q=$(postqueue -j | sed -n 's/.*"queue_id": "\([^"]*\)".*/\1/p' | head -1); postsuper -h $Q; postsuper -H $Q; postsuper -r $Q; postsuper -e $Q; sleep 1; Q=$(postqueue -j | sed -n 's/.*"queue_id": "\([^"]*\)".*/\1/p' | head -2); for q in $Q; do postsuper -d $q; done; postsuper -s; postcat -q NOSUCH
postconf -e 'mynetworks=bad/99' ; postfix reload; sleep 2; (exec 3<>/dev/tcp/127.0.0.1/25; sleep 1) || true; postconf -e 'mynetworks=127.0.0.9/32' ; touch /etc/postfix/aliases; postfix reload; sleep 2
postalias nosuch; postmap /etc/postfix/none; postlog -t test -p warn hello; postfix status; postfix start; postfix flush; postfix abort; sleep 1; timeout 4 postfix start-fg & sleep 2; postfix stop; postfix status; mailq
timeout 5 doveadm -c /etc/dv/dovecot.conf reload; timeout 5 doveadm -c /etc/dv/dovecot.conf log errors >/dev/null; timeout 5 doveadm -c /etc/dv/dovecot.conf stop; sleep 1
kill $FAKE
kill "$(cat /run/rsyslogd.pid)"; sleep 1
cp /var/log/mail.log "$WORK/out/"
