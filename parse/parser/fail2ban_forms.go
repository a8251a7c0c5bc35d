package parser

// fail2banForms are messages of fail2ban (0.9 to 1.1) besides those of one address.
const fail2banForms = `
start>fail2ban  Starting Fail2ban v{version}
start>fail2ban  Start Fail2ban v{version}
start>fail2ban  Server ready
start>fail2ban  Daemon started
start>fail2ban  Starting in daemon mode
stop>fail2ban   Exiting Fail2ban
stop>fail2ban   Shutdown in progress...
stop>fail2ban   Stopping all jails
jail-start      Jail '{object}' started
jail-start      Restart jail '{object}' {reason}
jail-start      Creating new jail '{object}'
jail-start      Jail is in operation now (process new journal entries)
jail-stop       Jail '{object}' stopped
jail-stop       Stopping jail '{object}'
configure       Jail '{object}' uses {value}
configure       Jail '{object}' reloaded
configure       Reload jail '{object}'
configure       Reload jails: {reason}
configure       Reload finished.
configure       Added logfile: '{path=}' (pos = {position}, hash = {hash})
configure       Added logfile = {path=}
configure       Added journal match for: {value}
configure       Added journal match for: '{value}'
configure       Removed logfile: '{path=}'
configure       Removed journal match for: {value}
configure       Log rotation detected for {path=}
configure       rollover performed on {path=}
configure       flush performed on {path=}
configure       Initiated '{value}' backend
configure       Connected to fail2ban persistent database '{path=}'
configure       New database created. Version '{version}'
configure       Connection to database closed.
configure       Changed logging target to {value}
configure       Logging to previous target '{value}'
configure       Set {what} = {value}
configure       Set {what:w} {value}
configure       Created Jail: {value}
configure       Creating new jail {value}
configure       Created {value}
configure       Creating PID file {path=}
configure       Starting communication
configure       Setting {what:w} = {value}
configure       Add '{value}' to ignore list{_}
configure       Add {value} to ignore list{_}
configure       Flushed all journal matches
configure       Journal matches restored
configure       IPv6 is {value}
unban           action '{act}': unban {ip}
jail-start      Starting jail '{object}'
configure       Observer {reason}
configure       {what:w}: {value}
configure       date pattern {value}
configure       Using pid file {path:w}, [{_}] logging to {value}
configure       Using socket file {path=}
configure       Loading configs for {value}
configure       Loading files: {value}
flush           Flush ban list
flush           Flush ticket(s) with {value}
flush           Clear {value}
error           {_:w} -- exec: {command=}
error           {_:w} -- returned {status:n}
error           {_:w} -- stderr: {reason}
error           {_:w} -- stdout: {reason}
error           {_:w} -- timed out {reason}
error           {_:w} -- killed with {signal:w} (return code: {status})
error           Failed to {what} jail '{object}' action '{act}' info {reason}
error           Failed to {what} jail '{object}' action '{act}': {reason}
error           Failed to flush bans in jail '{object}' action '{act}': {reason}
error           {command=} -- returned {status}
error           Invariant check failed. {reason}
error           Too many errors at once ({count}), going idle
note            Detected a log entry {reason}
note            Simulate NOW in operation since found time has too large deviation {reason}
note            Please check a jail has correct timezone {reason}
note            Unable to find a corresponding IP address for {rhost}: {reason}
note            Determined IP using DNS Lookup: {rhost} = {value}
`
