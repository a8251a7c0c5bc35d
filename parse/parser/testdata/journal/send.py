"""Sends log messages to a systemd-journald that was started by hand."""
import socket
import struct

s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)


def syslog(text):
    s.sendto(text.encode(), "/run/systemd/journal/dev-log")


def native(**fields):
    b = b""
    for k, v in fields.items():
        v = v if isinstance(v, bytes) else v.encode()
        if b"\n" in v:
            b += k.encode() + b"\n" + struct.pack("<Q", len(v)) + v + b"\n"
        else:
            b += k.encode() + b"=" + v + b"\n"
    s.sendto(b, "/run/systemd/journal/socket")


syslog("<38>Mar  3 02:14:07 sshd[812]: Accepted publickey for deploy from 203.0.113.9 port 51234 ssh2: ED25519 SHA256:AAAA")
syslog("<86>Mar  3 02:14:07 sshd[812]: pam_unix(sshd:session): session opened for user deploy(uid=1000) by (uid=0)")
syslog("<85>Mar  3 02:14:31 sudo:   deploy : TTY=pts/0 ; PWD=/home/deploy ; USER=root ; COMMAND=/usr/bin/ls /dev/shm")
syslog("<78>Mar  3 02:15:01 CRON[900]: (root) CMD (/usr/local/bin/backup)")
for i in range(10):
    syslog(f"<30>Mar  3 02:15:{i:02d} app[77]: request {i} served in {i * 7} ms")
native(MESSAGE="a structured entry", PRIORITY="3", SYSLOG_IDENTIFIER="app", REQUEST_ID="42", UID="0")
native(MESSAGE=b"two\nlines \x1b[31mred\x1b[0m", PRIORITY="4", SYSLOG_IDENTIFIER="app")
native(MESSAGE="long " + "0123456789abcdef" * 200, PRIORITY="6", SYSLOG_IDENTIFIER="app")
native(MESSAGE="binary", SYSLOG_IDENTIFIER="app", BLOB=b"\x00\x01\n\xff\xfe")
