package parser

// kernelForms are messages of the kernel (3.10 to 6.x), without the time
// since boot.
const kernelForms = `
promiscuous-on   device {link=} entered promiscuous mode
promiscuous-off  device {link=} left promiscuous mode
promiscuous-on   {link=}: entered promiscuous mode
promiscuous-off  {link=}: left promiscuous mode
promiscuous-on   {driver:w} {device:w} {link=}: entered promiscuous mode
promiscuous-off  {driver:w} {device:w} {link=}: left promiscuous mode
promiscuous-on   {link=}: entered allmulticast mode
promiscuous-off  {link=}: left allmulticast mode
bpf   {comm=:g}[{child_pid}] is installing a program with bpf_probe_write_user helper that may corrupt user memory!
bpf   {comm=:g}[{child_pid}] is installing a program with {what} helper that may corrupt user memory!
bpf   BPF: {reason}
bpf   bpf: {reason}
bpf   Spectre V2 : Unprivileged eBPF is enabled {reason}
bpf   LSM: {reason}
bpf   trace_kprobe: {reason}
bpf   Kprobe {reason}
taint   {module=:w}: {reason:t} taints kernel.
module-load  {module=:w}: module loaded
module-verify  {module=:w}: module verification failed: {reason}
taint   {module=:w}: module license '{what}' taints kernel.
taint   {module=:w}: module is already loaded
taint   Disabling lock debugging due to kernel taint
taint   {module=:w}: disagrees about version of symbol {what}
taint   {module=:w}: Unknown symbol {what}
taint   {module=:w}: version magic '{what}' should be '{_}'
taint   Loading of unsigned module is rejected
taint   Loading of module with unavailable key is rejected
taint   Lockdown: {comm=:g}: {reason} is restricted; see man kernel_lockdown.7
taint   PKCS#7 signature not signed with a trusted key
segfault  {comm=:g}[{child_pid}]: segfault at {address:w} ip {instruction:w} sp {sp:w} error {error:n} in {path:t}[{_}] likely on CPU {_}
segfault  {comm=:g}[{child_pid}]: segfault at {address:w} ip {instruction:w} sp {sp:w} error {error:n} in {path:t}[{_}]
segfault  {comm=:g}[{child_pid}]: segfault at {address:w} ip {instruction:w} sp {sp:w} error {error:n} likely on CPU {_}
segfault  {comm=:g}[{child_pid}]: segfault at {address:w} ip {instruction:w} sp {sp:w} error {error:n}
segfault  traps: {comm=:g}[{child_pid}] {reason:t} ip:{instruction:w} sp:{sp:w} error:{error:n} in {path:t}[{_}]
segfault  traps: {comm=:g}[{child_pid}] {reason:t} ip:{instruction:w} sp:{sp:w} error:{error:n}
segfault  {comm=:g}[{child_pid}] general protection ip:{instruction:w} sp:{sp:w} error:{error:n} in {path:t}[{_}]
segfault  {comm=:g}[{child_pid}] general protection fault ip:{instruction:w} sp:{sp:w} error:{error:n} in {path:t}[{_}]
segfault  {comm=:g}[{child_pid}]: unhandled signal {signal:n} {reason}
segfault  {comm=:g}[{child_pid}] bad frame {reason}
segfault  potentially unexpected fatal signal {signal:n}.
segfault  {comm=:g}[{child_pid}]: bad frame in {reason}
oom-kill  Out of memory: Killed process {child_pid} ({comm=:g}) total-vm:{memory:t}, {_}
oom-kill  Out of memory: Killed process {child_pid} ({comm=:g}) {_}
oom-kill  Out of memory: Kill process {child_pid} ({comm=:g}) score {score:n} or sacrifice child
oom-kill  Memory cgroup out of memory: Killed process {child_pid} ({comm=:g}) {_}
oom-kill  Memory cgroup out of memory: Kill process {child_pid} ({comm=:g}) score {score:n} or sacrifice child
oom-kill  Killed process {child_pid} ({comm=:g}) {_}
oom-kill  Killed process {child_pid}, UID {uid}, ({comm=:g}) {_}
oom-kill  oom_reaper: reaped process {child_pid} ({comm=:g}), {_}
oom-kill  {comm=:g} invoked oom-killer: {reason}
oom-kill  oom-kill:constraint={reason},task={comm=:g},pid={child_pid},uid={uid}
oom-kill  Task in {path} killed as a result of limit of {_}
hang   INFO: task {comm=:g}:{child_pid} blocked for more than {seconds:n} seconds.
hang   watchdog: BUG: soft lockup - CPU#{_:n} stuck for {seconds:t}s! [{comm=:g}:{child_pid}]
hang   general protection fault: {reason}
hang   general protection fault, {reason}
hang   kernel BUG at {reason}
hang   divide error: {reason}
hang   BUG: {reason}
hang   Kernel panic - not syncing: {reason}
hang   Oops: {reason}
hang   WARNING: {reason}
hang   rcu: {reason}
hang   mce: [Hardware Error]: {reason}
hang   CPU: {_:n} PID: {child_pid} Comm: {comm=:g} {reason}
hang   CPU: {_:n} UID: {uid} PID: {child_pid} Comm: {comm=:g} {reason}
hang   Modules linked in: {modules}
hang   Hardware name: {reason}
hang   RIP: {reason}
hang   Call Trace:
hang   Workqueue: {reason}
flood  TCP: {what}: Possible SYN flooding on port {dst_port}. {reason}
flood  TCP: Possible SYN flooding on port {dst_port}. {reason}
flood  TCP: Possible SYN flooding on port {local_ip}:{dst_port}. {reason}
flood  TCP: request_sock_TCP: Possible SYN flooding on port {dst_port}. {reason}
flood  TCP: request_sock_TCP: Possible SYN flooding on port [{local_ip}]:{dst_port}. {reason}
flood  TCP: request_sock_TCP: Possible SYN flooding on port {local_ip}:{dst_port}. {reason}
flood  nf_conntrack: table full, dropping packet
flood  nf_conntrack: nf_conntrack: table full, dropping packet
flood  net_ratelimit: {count} callbacks suppressed
flood  {what:w}: {count} callbacks suppressed
flood  printk: {count} messages suppressed.
flood  printk: {comm:w}: {count} output lines suppressed due to ratelimiting
martian  IPv4: martian source {dst} from {ip}, on dev {link=}
martian  IPv4: martian destination {dst} from {ip}, dev {link=}
martian  ll header: {reason}
firewall  xt_recent: {reason}
firewall  x_tables: {reason}
firewall  ip_tables: {reason}
firewall  nf_tables: {reason}
firewall  nf_conntrack: {reason}
seccomp  {comm:w}: seccomp: {reason}
link   {link=}: renamed from {from}
link   {driver:w} {device:w} {link=}: renamed from {from}
link   {driver:w} {device:w} {link=}: Link is {reason}
link   {driver:w} {device:w} {link=}: NIC Link is {reason}
link   {driver:w}: {link=} NIC Link is {reason}
link   {link=}: link up, {reason}
link   {link=}: link down
link   {link=}: Link is {reason}
link   IPv6: ADDRCONF(NETDEV_CHANGE): {link=}: link becomes ready
link   IPv6: ADDRCONF(NETDEV_UP): {link=}: link is not ready
link   {bridge:w}: port {_:n}({link=}) entered {reason} state
link   {bridge:w}: port {_:n}({link=}) entered {reason}
link   bonding: {reason}
link   {link=}: {reason:t} IPv6 duplicate address {ip} {_}
link   IPv6: {link=}: IPv6 duplicate address {ip} {reason}
link   tun: Universal TUN/TAP device driver, {reason}
link   wireguard: {reason}
mount  EXT4-fs ({device=}): mounted filesystem {uuid:w} {mode:w} with {reason}
mount  EXT4-fs ({device=}): mounted filesystem with {reason}
mount  EXT4-fs ({device=}): mounted filesystem without {reason}
mount  EXT4-fs ({device=}): mounting {reason}
mount  EXT4-fs ({device=}): unmounting filesystem {uuid}.
mount  EXT4-fs ({device=}): recovery complete
mount  EXT4-fs ({device=}): orphan cleanup on readonly fs
mount  EXT4-fs ({device=}): {count} orphan inodes deleted
mount  EXT4-fs ({device=}): {count} orphan inode deleted
mount  XFS ({device=}): Mounting {reason}
mount  XFS ({device=}): Ending {reason}
mount  XFS ({device=}): Unmounting Filesystem {reason}
mount  XFS ({device=}): Unmounting Filesystem
mount  XFS ({device=}): Starting recovery {reason}
mount  XFS ({device=}): {reason}
mount  BTRFS info (device {device=}): {reason}
mount  BTRFS: device {reason}
mount  FAT-fs ({device=}): {reason}
mount  ISO 9660 Extensions: {reason}
mount  VFS: Mounted root ({fs} filesystem) {reason}
mount  squashfs: {reason}
mount  overlayfs: {reason}
mount  loop: {reason}
remount  EXT4-fs ({device=}): re-mounted {uuid:w} {mode}. Quota mode: {_}
remount  EXT4-fs ({device=}): re-mounted. Opts: {reason}
remount  EXT4-fs ({device=}): re-mounted {reason}
remount  EXT4-fs ({device=}): Remounting filesystem read-only
io-error  EXT4-fs error (device {device=}): {reason}
io-error  EXT4-fs warning (device {device=}): {reason}
io-error  EXT4-fs ({device=}): {reason}
io-error  BTRFS error (device {device=}): {reason}
io-error  BTRFS warning (device {device=}): {reason}
io-error  blk_update_request: I/O error, dev {device=:w} sector {sector:n} {reason}
io-error  blk_update_request: I/O error, dev {device=:w}, sector {sector:n} {reason}
io-error  I/O error, dev {device=:w}, sector {sector:n} {reason}
io-error  Buffer I/O error on dev {device=:w}, {reason}
io-error  Buffer I/O error on device {device=:w}, {reason}
io-error  JBD2: {reason}
io-error  Aborting journal on device {device=}.
io-error  end_request: I/O error, dev {device=:w}, sector {sector:n}
device-add   usb {bus:w}: new {speed:w} USB device number {count} using {driver}
device-add   usb {bus:w}: New USB device found, idVendor={vendor:w}, idProduct={product:w}, bcdDevice={_}
device-add   usb {bus:w}: New USB device found, idVendor={vendor:w}, idProduct={product:w}
device-add   usb {bus:w}: New USB device strings: {_}
device-add   usb {bus:w}: Product: {name=}
device-add   usb {bus:w}: Manufacturer: {name=}
device-add   usb {bus:w}: SerialNumber: {serial=}
device-remove  usb {bus=:w}: USB disconnect, device number {count}
device-add   usb-storage {bus=:w}: USB Mass Storage device detected
device-add   scsi host{count}: {driver=}
device-add   scsi {bus:w}: Direct-Access {name=} {_}
device-add   sd {bus:w}: [{device=}] {size:n} {_:n}-byte logical blocks: {_}
device-add   sd {bus:w}: [{device=}] Attached SCSI {what}
device-add   sd {bus:w}: [{device=}] {reason}
device-add   sd {bus:w}: Attached scsi generic {device=:w} {_}
device-add   sr {bus:w}: [{device=}] {reason}
device-add   {device=:w}: {size:n} {_:n}-byte logical blocks ({_})
device-add   {driver:w} {bus:w}: [{device=}] {size:n} {_:n}-byte logical blocks {_}
device-add   hid-generic {bus=:w}: {reason}
device-add   input: {name=} as {path}
device-add   pci {bus=:w}: [{vendor:t}:{product:w} {reason}
device-add   pci {bus=:w}: {reason}
device-add   nvme nvme{count}: {reason}
device-add   Adding {size:t} swap on {path=:w} {_}
device-add   loop{count}: detected capacity change from {from:n} to {size}
boot   klogd {version=:w}, log source = {path:w} started.
boot   Linux version {version=:w} {reason}
boot   Command line: {command=}
boot   Kernel command line: {command=}
boot   Unknown kernel command line parameters {command=}
boot   DMI: {name=}
boot   Hypervisor detected: {name=}
boot   tsc: {reason}
boot   Memory: {reason}
boot   smpboot: {reason}
boot   Run {path=:w} as init process
boot   Freeing {what} memory: {size:t}
boot   random: {reason}
boot   systemd[{_:n}]: {reason}
time>clock  rtc_cmos {_:w}: setting system clock to {when} UTC ({epoch:n})
time>clock  rtc_cmos {_:w}: setting system clock to {when} ({epoch:n})
time>clock  clocksource: {reason}
time>clock  PTP clock support registered
time>clock  hrtimer: interrupt took {reason}
sleep  PM: suspend {reason}
sleep  PM: hibernation: {reason}
sleep  ACPI: PM: {reason}
shutdown  reboot: {reason}
shutdown  Restarting system.
shutdown  Power down.
audit  AppArmor: {reason}
audit  SELinux: {reason}
audit  Lockdown: {reason}
audit  audit: {reason}
audit  kauditd_printk_skb: {count} callbacks suppressed
exec   process '{path=}' started with executable stack
exec   process '{path=}' launched '{object}' with NULL argv: {reason}
exec   {comm=:g} ({child_pid}): drop_caches: {value}
exec   {comm=:g} ({child_pid}): {reason}
exec   {comm=:g} ({child_pid}) used {what}
exec   {comm:w}[{child_pid}]: {reason}
warning  warning: '{comm=:g}' uses {reason}
`
