package parser

// logindForms are messages of systemd-logind (219 to 257).
const logindForms = `
session-open   New session {session} of user {user}.
session-open   New session '{session}' of user '{user}' with class '{class}' and type '{type}'.
session-close  Removed session {session}.
session-close  Session {session} logged out. Waiting for processes to exit.
session-close  Session "{session}" of user "{user}" is idle, stopping.
note>system       Locking sessions...
configure      New seat {seat=}.
configure      Removed seat {seat=}.
configure      Watching system buttons on {path=} ({what})
shutdown>system  Creating {path:w} blocking further logins...
shutdown>system  The system will {what} now!
shutdown>system  The system will {what} at {when}!
shutdown>system  System is {what}.
shutdown>system  System is {what} ({reason}).
shutdown>system  {what} key pressed.
shutdown>system  {what} key pressed {reason}.
shutdown>system  Powering Off...
shutdown>system  Rebooting...
shutdown>system  Suspending...
shutdown>system  Hibernating...
shutdown>system  Lid closed.
note>system      Lid opened.
shutdown>system  System idle. Will {what} now.
shutdown>system  System idle. Doing {what}.
note>system      System shutdown has been cancelled
note>system      Operation '{what}' finished.
refuse>system    Refusing {what:w} operation, {_:w} is inhibited by UID {uid:t}/{user:w}, PID {child_pid:t}/{comm}.
note             Delay lock is active (UID {uid:t}/{user:w}, PID {child_pid:t}/{comm}) but inhibitor timeout is reached.
note             Existing logind session ID {session} used by new audit session, ignoring.
error            User of session {session} not known.
error            User {user:w} of session {session} not known.
error            Failed to start session scope {unit=}: {reason}
error            Failed to stop session scope {unit=}: {reason}
error            Failed to abandon session scope{reason}
error            Failed to start user service '{unit=}', ignoring: {reason}
error            Failed to stop user service '{unit=}', ignoring: {reason}
error            Failed to start {unit=}: {reason}
`

// managerForms are messages of the service manager itself, besides those
// about one unit.
const managerForms = `
session-open   Started Session {session} of user {user}.
session-open   Started Session {session} of User {user}.
session-open   Started {unit} - Session {session} of User {user}.
starting       Starting Session {session} of user {user}.
starting       Starting Session {session} of User {user}.
session-close  Stopped Session {session} of user {user}.
session-close  Stopped Session {session} of User {user}.
session-close  Stopped {unit} - Session {session} of User {user}.
session-close  Removed slice User Slice of {user}.
slice          Created slice User Slice of {user}.
slice          Created slice User Slice of UID {uid}.
slice          Removed slice User Slice of UID {uid}.
slice          Created slice {unit=:w} - {description}.
slice          Created slice {unit=}.
slice          Removed slice {unit=:w} - {description}.
slice          Removed slice {unit=}.
start          Started User Manager for UID {uid}.
starting       Starting User Manager for UID {uid}...
stop           Stopped User Manager for UID {uid}.
stopping       Stopping User Manager for UID {uid}...
start          Started {unit} - User Manager for UID {uid}.
starting       Starting {unit} - User Manager for UID {uid}...
stop           Stopped {unit} - User Manager for UID {uid}.
stopping       Stopping {unit} - User Manager for UID {uid}...
boot>system    systemd {version:w} running in {what} {reason}
boot>system    Detected virtualization {what}
boot>system    Detected architecture {what}
boot>system    Detected first boot.
boot>system    Startup finished in {duration}.
boot>system    Queued {what:w} job for default target {unit=}
boot>system    Initializing machine ID from {reason}
boot>system    Switching root.
boot>system    Running in {what}.
boot>system    Welcome to {what}!
boot>system    No hostname configured{reason}
shutdown>system  Shutting down.
shutdown>system  Received SIGTERM from PID {child_pid} ({comm}).
shutdown>system  Received {signal:w} from PID {child_pid} ({comm}).
shutdown>system  Received {signal:w}.
shutdown>system  Sending SIGTERM to remaining processes...
shutdown>system  Sending SIGKILL to remaining processes...
shutdown>system  Powering off.
shutdown>system  Rebooting.
shutdown>system  Halting system.
shutdown>system  All filesystems, swaps, loop devices, MD devices and DM devices detached.
shutdown>system  Using hardware watchdog {reason}
configure>systemd  Hostname set to <{hostname_set}>.
configure>systemd  Set hostname to <{hostname_set}>.
configure>systemd  Using hardware watchdog '{what}', version {version}, device {path}
configure>systemd  Installed new {_} job {reason}
configure>systemd  Setting log level to {value}.
configure>systemd  Setting log target to {value}.
configure>systemd  Relabeled {reason}
configure>systemd  Loaded units and determined initial transaction in {duration}.
configure>systemd  Populated {path} with preset unit settings.
configure>systemd  File {path:w} configures an IP firewall {reason}
configure>systemd  {path:p}: Unit {reason}
configure>systemd  {path:p}:{line:n}: {reason}
configure>systemd  Configuration file {path=:w} is {reason}
configure>systemd  Unit configured to use {reason}
configure>systemd  Unit {unit=} {reason}
configure>systemd  [{path=:p}:{line:n}] {reason}
time>clock     System time before build time, advancing clock.
time>clock     System time advanced to {reason}
time>clock     RTC configured in localtime, applying delta of {reason}
time>clock     Set system clock to {reason}
time>clock     Time has been changed
time>clock     Clock change detected{reason}
reload>systemd  Reloading.
reload>systemd  Reloading...
reload>systemd  Reloading requested from client PID {child_pid} ('{comm}') (unit {unit})...
reload>systemd  Reloading requested from client PID {child_pid} ('{comm}')...
reload>systemd  Reload requested from client PID {child_pid} ('{comm}') (unit {unit})...
reload>systemd  Reload requested from client PID {child_pid} ('{comm}')...
reload>systemd  Reloading finished in {duration}.
reload>systemd  Reexecuting.
reload>systemd  Reexecuting...
reload>systemd  Reexecuting requested from client PID {child_pid} ('{comm}') (unit {unit})...
reload>systemd  Reexecution requested from client PID {child_pid} ('{comm}') (unit {unit})...
note           Got automount request for {path=:w}, triggered by {child_pid} ({comm})
note>system    System is tainted: {reason}
note           Supervising process {child_pid} which is not our child. {reason}
configure>selinux   Successfully loaded SELinux policy in {duration}.
fail           Job {unit=}/{what} failed with result '{result}'.
fail           Job {unit=}/{what} timed out.
fail           Job {unit=}/{what} deleted to break ordering cycle starting with {reason}
fail           Dependency failed for {unit=:w} - {description}.
fail           Timed out waiting for device {unit=}.
fail           Timed out waiting for device {unit=:w} - {description}.
fail           Failed to start {unit=:w} - {description}.
fail           Failed to mount {unit=:w} - {description}.
fail           Failed to listen on {unit=:w} - {description}.
fail           Failed at step {step:w} spawning {path=}: {reason}
skip           Condition check resulted in {unit=:t} being skipped.
skip           Skipped {unit=:t} {reason}
error          Assertion failed for {unit=:t}.
error          Caught <{signal}>, dumped core as pid {child_pid}.
error          Caught <{signal}> {reason}
error          Freezing execution.
`

// unitForms are what the service manager says behind "unit: ".
const unitForms = `
exit   Main process exited, code={code:w}, status={status}
exit   Control process exited, code={code:w}, status={status}
exit   main process exited, code={code:w}, status={status}
exit   control process exited, code={code:w}, status={status}
exit   Mount process exited, code={code:w}, status={status}
exit   Swap process exited, code={code:w}, status={status}
exit   Child {child_pid} belongs to {_}
fail   Failed with result '{result}'.
fail   Unit entered failed state.
fail   Start request repeated too quickly.
fail   start request repeated too quickly for {_}
fail   Failed to {what} task: {reason}
fail   Failed at step {step:w} spawning {path}: {reason}
fail   Failed to {what:g}: {reason}
fail   Job {job:w} failed with result '{result}'.
fail   Job {job:w}/{what:w} failed with result '{result}'.
fail   start operation timed out. {reason}
fail   Start operation timed out. {reason}
fail   start-pre operation timed out. {reason}
fail   State '{state}' timed out. {reason}
fail   Processes still around after {reason}
fail   A process of this unit has been killed by the OOM killer.
fail   {what} Refusing.
kill   Killing process {child_pid} ({comm:g}) with signal {signal:w}
kill   Killing process {child_pid} ({comm:g}) with signal {signal:w}.
kill   Sent signal {signal:w} to main process {child_pid} ({comm:g}) on client request.
kill   Sent signal {signal:w} to control process {child_pid} ({comm:g}) on client request.
kill   Sending signal {signal:w} to process {child_pid} ({comm:g}) on client request.
kill   Found left-over process {child_pid} ({comm:g}) in control group {reason}
kill   Unit process {child_pid} ({comm:g}) remains running after unit stopped.
kill   systemd-oomd killed {count} process(es) in this unit.
kill   Watchdog timeout ({reason})!
restart  Scheduled restart job, restart counter is at {count}.
restart  Service hold-off time over, scheduling restart.
restart  Service {reason} scheduling restart.
restart  Service RestartSec={duration:w} expired, scheduling restart.
stop   Deactivated successfully.
stop   Succeeded.
stop   Consumed {cpu_time:w} CPU time.
resource  Consumed {cpu_time} CPU time, {memory} memory peak, {reason}
resource  Consumed {cpu_time} CPU time{reason}
resource  Consumed {cpu_time} CPU time.
note   Supervising process {child_pid} which is not our child. {reason}
note   Got notification message from PID {child_pid}, but {reason}
note   Can't open PID file {path:w} (yet?) after {reason}
note   Can't open PID file '{path}' (yet?) after {reason}
note   New main PID {child_pid} {reason}
reload  Reload operation timed out. {reason}
skip   Skipped due to '{reason}'.
`

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
configure>resolver  Using degraded feature set {_} for DNS server {server:w}
configure>resolver  Using degraded feature set {value} instead of {_} for DNS server {server}.
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
