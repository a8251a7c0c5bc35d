"""Packs files into a newc archive: make.py OUT NAME=FILE..."""
import sys

out, ino = bytearray(), 0


def add(name, mode, data):
    global ino
    ino += 1
    head = "070701" + "".join("%08X" % x for x in (ino, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0))
    for part in (head.encode() + name.encode() + b"\0", data):
        out.extend(part)
        out.extend(b"\0" * (-len(out) % 4))


dirs = set()
for arg in ["dev/", "proc/", "sys/", "run/", "tmp/", "etc/", "var/log/", "root/"] + sys.argv[2:]:
    name, _, path = arg.partition("=")
    parts = name.split("/")[:-1]
    for i in range(1, len(parts) + 1):
        d = "/".join(parts[:i])
        if d and d not in dirs:
            dirs.add(d)
            add(d, 0o040755, b"")
    if path:
        add(name, 0o100755, open(path, "rb").read())
add("TRAILER!!!", 0, b"")
open(sys.argv[1], "wb").write(out)
