package parser

// fellowForms are messages of networkd, resolved, journald, udevd, coredump,
// oomd, hostnamed, timedated, machined, tmpfiles, modules-load, sleep, fsck.
const fellowForms = `
link   {link=}: Gained carrier
link   {link=}: Lost carrier
link   {link=}: Link UP
link   {link=}: Link DOWN
link   {link=}: Link state is up-to-date
link   {link=}: Gained IPv6LL
link   {link=}: DHCPv4 address {ip}/{prefix:n} via {gateway:w}
link   {link=}: DHCPv4 address {ip}/{prefix:n}, gateway {gateway:w} acquired from {server:w}
link   {link=}: DHCPv4 address {ip}/{prefix:n} acquired from {server:w}
link   {link=}: DHCPv4 address {ip}/{prefix:n} via {gateway:w} acquired from {server:w}
link   {link=}: DHCPv6 address {ip}/{prefix:n} {reason}
link   {link=}: DHCP lease lost
link   {link=}: DHCPv6 lease lost
link   {link=}: Configuring with {path}.
link   {link=}: Reconfiguring with {path}.
link   {link=}: found matching network '{path}'{reason}
link   {link=}: Interface name change detected, renamed to {name}.
link   {link=}: Interface name change detected, {from:w} has been renamed to {name}.
link   {link=}: Connected WiFi access point: {name} ({mac})
link   {link=}: {reason}
link;reason=renamed  {from:w} renamed to {link=}
configure>network  Enumeration completed
note>network       Timeout occurred while waiting for network connectivity.
configure>resolver  Using system hostname '{hostname_set}'.
configure>resolver  Defaulting to hostname '{hostname_set}'.
configure>resolver  Positive Trust Anchors:
configure>resolver  Negative trust anchors: {value}
configure>resolver  Bus client set {what} to: {value}
configure>resolver  Bus client set {what}: {value}
configure>resolver  {name}: Bus client set {what} to: {value}
configure>resolver  Bus client reset {what}.
configure>resolver  Flushed all caches.
configure>resolver  Clock change detected. Flushing caches.
configure>resolver  Switching to DNS server {server:w} for interface {link}
configure>resolver  Switching to system DNS server {server}.
configure>resolver  Switching to fallback DNS server {server}.
configure>resolver  Using degraded feature set {value} instead of {_} for DNS server {server}.
configure>resolver  Using degraded feature set {value} for DNS server {server}.
configure>resolver  Grace period over, resuming full feature set ({_}) for DNS server {server}.
configure>resolver  Server returned error {result:w} mitigating potential DNS violation {reason}
configure>resolver  Server returned error: {result}
error   DNSSEC validation failed for question {object}: {reason}
error   Server {server:w} does not support {reason}
boot>journal    Journal started
shutdown>journal  Journal stopped
journal   Runtime Journal ({path=}) is {size:t}, max {limit:t}, {reason}
journal   System Journal ({path=}) is {size:t}, max {limit:t}, {reason}
journal   Runtime journal ({path=}) is {size:t}, max {limit:t}, {reason}
journal   System journal ({path=}) is {size:t}, max {limit:t}, {reason}
journal   Runtime journal is using {size:t} ({reason}).
journal   Permanent journal is using {size:t} ({reason}).
journal   Time spent on flushing to {path=} is {duration:w} for {count} entries.
journal   File {path=:w} corrupted or uncleanly shut down, renaming and replacing.
journal   {path=:p}: {reason}, rotating.
journal   {path=:p}: Journal file {reason}
journal   Received client request to {reason} journal.
journal   Received client request to {reason}
journal   Received client request to rotate journal, rotating.
journal   Received request to rotate journal from PID {child_pid} ({comm}){_:t}
journal   Received request to rotate journal, rotating.
journal   Received request to flush runtime journal from PID {child_pid} {_}
journal   Received request to flush runtime journal from PID {child_pid}
journal   Received request to sync journal from PID {child_pid} {_}
journal   Time jumped backwards, rotating.
journal   Vacuuming done, freed {size:t} of archived journals from {path=}.
journal   Deleted archived journal {path=} ({size:t}).
journal   Allowing runtime journal files {reason}
journal   Collecting audit messages is {value}.
journal   Forwarding to syslog missed {count} messages.
journal   Suppressed {count} messages from {unit=}
journal   Missed {count} kernel messages
journal   /dev/kmsg buffer overrun, some messages lost.
journal   Journal effective settings seal={reason}
dump    Process {child_pid} ({comm:g}) of user {uid} dumped core.
dump    Process {child_pid} ({comm:g}) of user {uid} terminated abnormally {reason}
dump    Process {child_pid} ({comm:g}) of user {uid} {reason}
dump    Removed old coredump {path=}.
dump    Core file was truncated to {size} bytes.
dump    Resource limits disable core dumping for process {child_pid} ({comm}).
kill    Killed {unit=:w} due to {reason}
kill    Marked {unit=:w} for killing
configure>system  Changed {what} to '{value}'
configure>system  Changed {what} to {value}
configure>system  Changed pretty host name to '{hostname_set}'
configure>system  Hostname set to <{hostname_set}> (static)
configure>system  Hostname set to <{hostname_set}> (transient)
configure>system  Changed time zone to '{value}' ({_}).
configure>system  Changed time zone to '{value}'.
time>clock     Changed local time to {value}
time>clock     Set NTP to be {value} ({unit}).
time>clock     Set NTP to {value} ({unit}).
time>clock     Set NTP to {value}.
session-open   New machine {session=}.
session-close  Machine {session=} terminated.
module-load  Inserted module '{module=}'
module-load  Module '{module=}' is already loaded
module-load  Module '{module=}' is {reason}
module-fail  Failed to insert module '{module=}': {reason}
module-fail  Failed to find module '{module=}'
configure>udev  Using default interface naming scheme '{value}'.
configure>udev  ethtool: autonegotiation is unset or enabled, {reason}
configure>udev  Network interface NamePolicy= {reason}
configure>udev  {path=:p}:{line:n} {reason}
device  {device=:w}: Process '{command}' failed with exit code {status:n}.
device  {device=:w}: Process '{command}' terminated by signal {signal:w}.
device  {device=:w}: Failed to {reason}
device  {device=:w}: Worker [{child_pid}] {reason}
device  {device=:w}: Spawned process {reason}
device  Process '{command}' failed with exit code {status:n}.
start>udev  starting version {version}
start>udev  Starting version {version}
start>udev  Starting systemd-udevd version {version}
sleep>system  Entering sleep state '{what}'...
sleep>system  Performing sleep operation '{what}'...
sleep>system  System returned from sleep {reason}
sleep>system  System resumed.
sleep>system  Suspending system...
configure  {path=:p}:{line:n}: {reason}
configure  Creating group '{object}' with GID {gid}.
configure  Creating user '{object}' ({_}) with UID {uid} and GID {gid}.
configure  Creating group {object} with gid {gid}.
configure  Creating user {object} ({_}) with uid {uid} and gid {gid}.
fsck    {device=:p}: clean, {reason}
fsck    {device=:w}: clean, {reason}
fsck    {device=:p}: {reason}
fsck    {device=:w}: recovering journal
`
