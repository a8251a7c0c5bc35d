package parser

// chronyForms are messages of chronyd (2.x to 4.x), ntpd and timesyncd,
// besides those chrony.go reads.
const chronyForms = `
start          chronyd version {version:w} starting {reason}
stop>chronyd   chronyd exiting
stop>chronyd   Received shutdown command
start          ntpd {version}: Starting
start          ntpd {version} starting
select-source  Selected source {ip} ({rhost})
select-source  Selected source {ip}
select-source  Selected source {object}
select-source  Synchronized to time server {ip}:{port} ({rhost}).
select-source  Synchronized to time server {ip}:{port}.
select-source  Synchronized to time server for the first time {ip}:{port} ({rhost}).
select-source  Contacted time server {ip}:{port} ({rhost}).
select-source  Initial synchronization to time server {ip}:{port} ({rhost}).
select-source  Initial clock synchronization to {when}
select-source  Initial clock synchronization to {when}.
lose-source    Timed out waiting for reply from {ip}:{port} ({rhost}).
lose-source    Timed out waiting for reply from {ip}:{port}.
lose-source    Can't synchronise: {reason}
lose-source    Can't synchronise: {reason} ({count})
lose-source    Could not synchronise to {peer}
lose-source    Source {ip} offline
lose-source    Source {ip} replaced with {to} ({rhost})
lose-source    Source {ip} replaced with {to}
lose-source    Falseticker {ip} ({rhost})
lose-source    Detected falseticker {ip} ({rhost})
lose-source    Detected falseticker {ip}
lose-source    No suitable source for {reason}
lose-source    Invalid response from server. Disconnecting.
lose-source    Server has too large root distance. Disconnecting.
lose-source    Server not synchronized. Disconnecting.
source-state   Source {ip} online
source-state   Source {ip} changed {reason}
source-state   Added source {ip} ({rhost})
source-state   Added source {ip}
source-state   Added pool {object}
source-state   Added source name {object}
source-state   Removed source {ip}
source-state   Received KoD {what:w} from {ip}
source-state   Reset all sources
source-state   NTS-KE session with {peer} ({ip}) timed out
source-state   NTS-KE session with {object:w} {reason}
source-state   TLS handshake with {object:w} ({_}) failed : {reason}
source-state   {what:w} association with {ip} {reason}
source-state   Soliciting pool server {ip}
source-state   receive: Unexpected origin timestamp {reason}
source-state   kernel reports TIME_ERROR: {reason}
source-state   local_clock: {reason}
source-state   ntpd: {reason}
clock-step>clock  System clock was stepped by {offset_s:w} seconds
clock-step>clock  System clock was stepped for leap second
clock-step>clock  RTC wrong by {offset_s:w} seconds (step)
clock-step>clock  Making a frequency change of {frequency_ppm:w} ppm and a slew of {offset_s:w}
clock-step>clock  System's initial offset : {offset_s:w} seconds {_:w} of true (step)
clock-step>clock  Stepping system clock {reason}
clock-wrong>clock System's initial offset : {offset_s:w} seconds {_:w} of true (slew)
clock-wrong>clock System clock wrong by {offset_s:w} seconds
clock-wrong>clock System clock wrong by {offset_s:w} seconds, adjustment started
clock-wrong>clock System clock off from RTC by {offset_s:w} seconds (slew)
clock-wrong>clock Adjustment of {offset_s:w} seconds exceeds the allowed maximum of {limit_s:w} seconds {reason}
clock-wrong>clock Adjustment of {offset_s:w} seconds is invalid
clock-jump>clock  Forward time jump detected!
clock-jump>clock  Backward time jump detected!
clock-jump>clock  Backward time jump detected! {reason}
clock-jump>clock  System clock status {reason}
clock-jump>clock  System clock interference detected {reason}
clock-jump>clock  System clock time unset or jumped backwards, restoring from recorded timestamp: {when}
clock-jump>clock  System clock time unset or jumped backwards, {reason}
clock-jump>clock  System clock time advanced to {when}
clock-jump>clock  System clock time advanced to built-in epoch: {when}
clock-jump>clock  System clock time advanced to timestamp on {path:w} {when}
clock-jump>clock  adjtime state {_:n} status {_:w} time {when}
clock-jump>clock  Assumed NTP time ends at {when}!
leap           Adjusting system clock for leap second
leap           Ignoring leap second
leap           Dropping sample around leap second
leap           Leap second list {path:w} needs update
leap           System clock TAI offset set to {value} seconds
clock-step>clock  time stepped by {offset_s:w}
clock-wrong>clock time slewed by {offset_s:w} s
clock-wrong>clock time slewed by {offset_s:w}
configure      readconfig: parsing file: {path=}
configure      switching logging to file {path=}
configure      precision = {reason}
configure      Using SO_TIMESTAMP{reason}
error          unable to bind to wildcard address {ip} - {reason}
error          setrlimit({what:t}, {_}) failed
configure      Disabled command socket {path=}
error          Wrong permissions on {path=}
configure      Frequency {frequency_ppm:w} +/- {_:w} ppm read from {path=}
configure      Initial frequency {frequency_ppm:w} ppm
configure      Accumulated delta {_:w} of {value}
configure      Disabled control of system clock
configure      Running with root privileges
configure      Using {what} timezone to obtain leap second data
configure      Using leap second list {path=}
configure      Loaded seccomp filter (level {_:n})
configure      Loaded seccomp filter
configure      Loaded {count} symmetric keys
configure      Enabled HW timestamping {reason}
configure      New {what:w} {value}
configure      Local reference mode {what}
configure      {what:w} local reference mode
configure      Command line: {command}
configure      proto: precision = {reason}
configure      Listening on routing socket on fd {reason}
configure      Listen normally on {_:n} {link=:w} {ip}:{port}
configure      Listen normally on {_:n} {link=:w} [{ip}]:{port}
configure      Listen and drop on {_:n} {link=:w} {ip}:{port}
configure      Listen and drop on {_:n} {link=:w} [{ip}]:{port}
configure      Deleting {_:n} {link=:w} {reason}
configure      Network configuration changed, trying to establish connection.
configure      Using NTP server {ip}:{port} ({rhost}).
lose-source    No network connectivity, watching for changes.
error          Could not bind {reason}
error          Could not open {path=:w}: {reason}
error          Could not open {what} {path:p} : {reason}
error          Fatal error : {reason}
error          Another chronyd may already be running (pid={child_pid}) {reason}
refuse         {what:w} {_:w} access from {ip}
refuse         {what:w} {_:w} access from {ip}:{port}
`
