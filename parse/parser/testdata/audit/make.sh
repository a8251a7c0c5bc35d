#!/bin/sh
# Makes kernel-raw.log and kernel-enriched.log anew in a virtual machine:
#   make.sh [VMLINUZ]
# Without a kernel Debian's cloud kernel is fetched with apt-get download. Needs
# go, python3, qemu-system-x86_64, auditd and auditctl with their libraries.
set -e
out=$(cd "$(dirname "$0")" && pwd)
kernel=$1
for p in qemu-system-x86_64:qemu-system-x86 /usr/sbin/auditd:auditd python3:python3; do
	command -v "${p%%:*}" >/dev/null || { echo "audit/make.sh: ${p%%:*} is missing: apt-get install ${p#*:}"; exit 1; }
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
if [ -z "$kernel" ]; then
	chmod 755 "$tmp"
	package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends/{print $2; exit}')
	(cd "$tmp" && apt-get -qq download "$package" && dpkg -x ./linux-image*.deb kernel)
	kernel=$(ls "$tmp"/kernel/boot/vmlinuz-*)
fi
(cd "$out" && CGO_ENABLED=0 go build -o "$tmp/guest" ./guest)
files="init=$tmp/guest bin/act=$tmp/guest sbin/auditd=$(command -v auditd || echo /usr/sbin/auditd) sbin/auditctl=$(command -v auditctl || echo /usr/sbin/auditctl)"
for lib in $(ldd /usr/sbin/auditd /usr/sbin/auditctl | awk '$2 == "=>" {print $3} $1 ~ /^\/lib/ {print $1}' | sort -u); do
	files="$files ${lib#/}=$lib"
done
python3 "$out/make.py" "$tmp/initrd" $files
for format in raw enriched; do
	timeout 300 qemu-system-x86_64 -accel tcg -m 256 -smp 1 -nodefaults -no-user-config -display none -serial stdio -no-reboot \
		-kernel "$kernel" -initrd "$tmp/initrd" -append "console=ttyS0 quiet panic=-1 audit=1 $format" </dev/null >"$tmp/console" || true
	tr -d '\r' <"$tmp/console" | sed -n '/^@@BEGIN$/,/^@@END$/p' | grep -v '^@@' | base64 -d >"$out/kernel-$format.log"
	test -s "$out/kernel-$format.log" || { tail -20 "$tmp/console"; exit 1; }
done
