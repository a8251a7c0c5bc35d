package parser

// clamavForms are messages of clamd, freshclam, clamonacc, clamdscan and the
// milter, besides those of one file.
const clamavForms = `
found     {path=:g}: {signature:w} FOUND
found     {path=:g}: {signature:w} INFECTED
found     Message {message_id:w} from {from} to {to} infected by {signature=}
found     Message from {from} to {to} infected by {signature=}
clean     Clean message from <{from}> to <{to}>
clean     Clean message {message_id:w} from <{from}> to <{to}>
scan-error  {path=:p}: Access denied. {reason}
scan-error  {path=:p}: Access denied. ERROR
scan-error  {path=:p}: Access denied
scan-error  {path=:p}: lstat() failed: {reason}
scan-error  {path=:p}: Not supported file type {reason}
scan-error  {path=:p}: no reply from clamd
scan-error  {path=:p}: File path check failure {reason}
scan-error  {path=:p}: Can't open file {reason}
scan-error  {path=:p}: {reason} ERROR
moved     {path=:g}: moved to '{moved_to}'
moved     {path=:g}: copied to '{moved_to}'
removed   {path=:g}: Removed.
clean     {path=:g}: OK
clean     {path=:g}: Empty file
clean     {path=:g}: Symbolic link
clean     {path=:g}: Excluded {_}
clean     {path=:g}: Excluded
check     SelfCheck: Database status OK.
check     SelfCheck: {reason}
reload    Database correctly reloaded ({signatures:n} signatures)
reload    Database reload completed.
reload    Reading databases from {path=}
reload    Database modification detected. Forcing reload.
reload    Activating the newly loaded database...
configure Loaded {signatures:n} signatures.
configure Protecting against {signatures:n} viruses.
current   {database=:w} database is up-to-date (version: {version:n}, sigs: {signatures:n}, f-level: {_:n}, builder: {builder})
current   {database=:w} is up to date (version: {version:n}, sigs: {signatures:n}, f-level: {_:n}, builder: {builder})
current   {database=:w} database is up-to-date (version: {version:n}, sigs: {signatures:n},{_})
current   {database=:w} database is up-to-date (version: {version:n}, sigs: {signatures:n})
current   {database=:w} is up to date (version: {version})
current   {database=:w} version from DNS: {version}
update    {database=:w} updated (version: {version:n}, sigs: {signatures:n}, f-level: {_:n}, builder: {builder})
update    {database=:w} updated (version: {version}, sigs: {signatures:n},{_})
update    {database=:w} database available for update (local version: {from:n}, remote version: {version:n})
update    {database=:w} database available for download (remote version: {version:n})
update    Current database is {_:n} versions behind.
update    Database updated ({signatures:n} signatures) from {server}
update    Downloading {database=:w} [{reason}]
update    Downloading {database=}
update    Downloading database patch # {version:n}...
update    Retrieving {server=}
update    Testing database: '{path}' ...
update    Database test passed.
update    ClamAV update process started at {when}
update    Trying to download {server=} (IP: {ip})
update    Trying to retrieve {server=}
update    Time: {duration}, ETA: {reason}
error     Can't download {database=:w} from {server}
error     Can't query {server}
error     Update failed for database: {database=}
error     Update failed. {reason}
error     Database update process failed: {reason}
error     Database load exited with {reason}
error     Can't connect to port {port} of host {server} (IP: {ip})
error     {what:w} remote database version: {reason}
error     Your ClamAV installation is OUTDATED!
error     Local version: {from:w} Recommended version: {version}
note      DON'T PANIC! {reason}
note      *** {reason}
error     FreshClam previously received error code {status:n} {reason}
error     FreshClam received error code {status:n} {reason}
note      Clamd successfully notified about the update.
note      Clamd was NOT notified: {reason}
note      NotifyClamd: {reason}
start>clamd  clamd daemon {version:w} (OS: {_}, ARCH: {_}, CPU: {_})
start>clamd  clamd daemon started (pid={child_pid})
start>clamd  +++ Started at {when}
start>freshclam  freshclam daemon {version:w} (OS: {_}, ARCH: {_}, CPU: {_})
start>freshclam  freshclam daemon started (pid={child_pid})
start     Received {count} file descriptor(s) from systemd.
start     Received connection from {ip}
stop      --- Stopped at {when}
stop      Exiting (clean)
stop      Pid file removed.
stop      Socket file removed.
stop      Shutting down the main socket{_:t}
stop      Closing the main socket{_:t}
stop      Update process terminated
stop      Update process interrupted
stop      Waiting for all threads to finish
stop      clamav-milter: stopped
stop      Received signal: {reason}
stop      Terminating because of {reason}
wake-up   Received signal: wake up
configure Listening daemon: PID: {child_pid}
configure TCP: {reason}
configure LOCAL: {reason}
configure Limits: {reason}
configure MaxQueue set to: {value}
check     Scanning {path=:p}
check     traverse_to: {reason}
note      Client disconnected (FD {_:n})
update    Trying again in {duration}...
update    Giving up on {server}...
configure Not loading PUA signatures.
configure Bytecode: {reason}
configure Running as user {user} (UID {uid}, GID {gid})
configure Log file size limited to {size} bytes.
configure Log file size limit disabled.
configure Maximum number of queued items: {value}
configure Max ThreadTimeout set to {value}
configure Setting connection queue length to {value}
configure Self checking every {value:n} seconds.
configure Self checking disabled.
configure {what} support enabled.
configure {what} support disabled.
configure {what} detection enabled.
configure {what} detection disabled.
configure {what} enabled.
configure {what} disabled.
configure Heuristic alerts {value}.
configure Alerting {what} {value}.
configure Not blocking {reason}
configure Clamonacc: watching '{path=}' (and all sub-directories)
configure {_:w} watching '{path=}' (and all sub-directories)
configure {_:w} excluding '{path=}' (and all sub-directories)
configure {_:w} max file size limited to {size} bytes
configure ClamAV engine version: {version}
configure Global {what} limit {value}
configure {what} limit set to {value} bytes.
configure {what} limit set to {value} milliseconds.
configure {what} limit set to {value}.
configure {what} recursion level limit set to {value}.
`
