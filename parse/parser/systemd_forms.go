package parser

// logindForms are messages of systemd-logind (219 to 257).
const logindForms = `
session-open   New session '{session}' of user '{user}' with class '{class}' and type '{type}'.
session-open   New session {session:w} of user {user} with class '{class:w}' and type '{type:w}'.
session-open   New session {session} of user {user}.
session-close  Removed session {session}.
session-close  Session {session} logged out. Waiting for processes to exit.
session-close  Session "{session}" of user "{user}" is idle, stopping.
note>system       Locking sessions...
configure      New seat {seat=}.
configure      Removed seat {seat=}.
configure      Watching system buttons on {path=} ({what})
shutdown>system  Creating {path:w}, blocking further logins...
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
slice          Created slice User Slice of UID {uid}.
slice          Created slice User Slice of {user}.
slice          Removed slice User Slice of UID {uid}.
session-close  Removed slice User Slice of {user}.
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
fail               Unit {unit=:w} entered failed state.
fail               {unit=:w} failed.
error              Unit {unit=:w} not found.
restart            {unit=:w} holdoff time over, scheduling restart.
fail               start request repeated too quickly for {unit=:w}
fail               {unit=:w} start request repeated too quickly, refusing to start.
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
skip           {unit=:w} - {description} was skipped because {reason}
skip           {unit=:w} was skipped because {reason}
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
