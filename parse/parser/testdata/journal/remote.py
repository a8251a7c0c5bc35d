"""Writes journal export text: two boots, a clock set back by two hours within
the first, long and binary fields, and last a record of the audit system."""
import struct
import sys

out = sys.stdout.buffer
boots = ["b00700000000000000000000000000%02x" % n for n in (1, 2)]
real, mono = 1709432047000000, 4000000
for i in range(120):
    if i == 60:
        real -= 2 * 3600 * 10**6
    if i == 80:
        mono, real = 3000000, real + 600 * 10**6
    real += 1000000 + i
    mono += 1000000
    out.write(
        f"__REALTIME_TIMESTAMP={real}\n__MONOTONIC_TIMESTAMP={mono}\n_BOOT_ID={boots[i >= 80]}\n"
        f"_MACHINE_ID=5a5a0123456789abcdef0123456789ab\n_HOSTNAME=web01\n_TRANSPORT=syslog\nPRIORITY=6\nSYSLOG_FACILITY=4\n"
        f"SYSLOG_IDENTIFIER=sshd\nSYSLOG_PID={800 + i % 5}\n_PID={800 + i % 5}\n_UID=0\n_GID=0\n_COMM=sshd\n_EXE=/usr/sbin/sshd\n"
        f"_SYSTEMD_UNIT=ssh.service\n".encode())
    if i % 10 == 7:
        out.write(f"MESSAGE={'long ' * 300}{i}\n".encode())
    elif i % 2:
        out.write(f"MESSAGE=Failed password for root from 198.51.100.{i} port {40000 + i} ssh2\n".encode())
    else:
        out.write(f"MESSAGE=Accepted password for deploy from 192.0.2.{i} port {40000 + i} ssh2\n".encode())
    if i % 30 == 3:
        v = b"line 1\nline 2\x00\x1b[2J"
        out.write(b"BLOB\n" + struct.pack("<Q", len(v)) + v + b"\n")
    out.write(b"\n")
real += 1000000
mono += 1000000
out.write(
    f"__REALTIME_TIMESTAMP={real}\n__MONOTONIC_TIMESTAMP={mono}\n_BOOT_ID={boots[1]}\n_MACHINE_ID=5a5a0123456789abcdef0123456789ab\n"
    "_HOSTNAME=web01\n_TRANSPORT=audit\nSYSLOG_FACILITY=4\nSYSLOG_IDENTIFIER=audit\n_AUDIT_TYPE=1112\n_AUDIT_TYPE_NAME=USER_LOGIN\n"
    "_AUDIT_ID=1204\n_PID=812\n_UID=0\n_AUDIT_LOGINUID=1000\n_AUDIT_SESSION=7\n_AUDIT_FIELD_OP=login\n"
    "MESSAGE=USER_LOGIN pid=812 uid=0 auid=1000 ses=7 msg='op=login id=1000 exe=\"/usr/sbin/sshd\" hostname=203.0.113.9 "
    "addr=203.0.113.9 terminal=/dev/pts/0 res=success'\n\n".encode())
