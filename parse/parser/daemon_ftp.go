package parser

import "strings"

// proftpdText cuts the two hosts that ProFTPD puts before its words: the
// server's, "192.0.2.1 - " or in its own log "192.0.2.1: ", and in a session the
// far side's, "192.0.2.1 (name[203.0.113.9]) - " or "...]): ".
func proftpdText(m *msg, s string) string {
	server, rest := token(s)
	if name, ok := strings.CutSuffix(server, ":"); ok {
		return m.served(name, rest)
	}
	if r, ok := after(rest, "- "); ok {
		return m.served(server, r)
	}
	if !strings.HasPrefix(rest, "(") {
		return s
	}
	far, r, ok := strings.Cut(rest[1:], ")")
	name, ip, ok2 := strings.Cut(strings.TrimSuffix(far, "]"), "[")
	if !ok || !ok2 || len(r) < 2 || r[0] != ':' && !strings.HasPrefix(r, " -") {
		return s
	}
	m.peer(ip)
	if name != ip {
		m.peer(name)
	}
	return m.served(server, strings.TrimLeft(r[2:], " "))
}

// served notes the address that a server answers at and gives the rest.
func (m *msg) served(server, rest string) string {
	if address(server) {
		m.b.Field("local_ip", server)
	}
	return rest
}

// pureftpdText cuts "(kim@203.0.113.9) [INFO] ": the account, "?" before a
// login, the far side and the level.
func pureftpdText(m *msg, s string) string {
	if !strings.HasPrefix(s, "(") {
		return s
	}
	level := strings.Index(s, ") [")
	if level < 0 {
		return s
	}
	at := strings.LastIndexByte(s[:level], '@')
	end := strings.IndexByte(s[level:], ']')
	if at < 0 || end < 0 {
		return s
	}
	m.peer(s[at+1 : level])
	m.b.Field("level", strings.ToLower(s[level+3:level+end]))
	if user := s[1:at]; user != "?" {
		m.e.Actor = user
	}
	return strings.TrimLeft(s[level+end+1:], " ")
}

// proftpdForms are messages of ProFTPD 1.2 to 1.3.8.
const proftpdForms = `
invalid-user  USER {user}: no such user found from {_}
login         USER {user}: Login successful.
login         USER {user}: Login successful
login         ANON {user}: Login successful.
login         {_:w} {user}: Login successful.
failed-login  USER {user} (Login failed): {reason}
failed-login  USER {user} (Login failed)
failed-login  USER {user}: {reason}
failed-login  ANON {user} (Login failed): {reason}
failed-login  SECURITY VIOLATION: {user:w} login attempted{_}
failed-login  SECURITY VIOLATION: {user:w} login attempted
refuse        Maximum login attempts ({count:n}) exceeded{reason}
refuse        Maximum login attempts exceeded{reason}
refuse        Connection refused ({reason}
refuse        Connection from {peer} [{ip}] denied{reason}
refuse        Connection from {peer} [{ip}] denied.
connect       FTP session opened.
connect       FTP session requested from {reason}
disconnect    FTP session closed.
disconnect    client sent {reason:t}, disconnecting
disconnect    {reason}, disconnected
start>proftpd   ProFTPD {version:w} {_:t} STARTUP
stop>proftpd    ProFTPD {version:w} {_:t} SHUTDOWN
stop>proftpd    ProFTPD killed (signal {signal:n})
stop>proftpd    ProFTPD terminating (signal {signal:n})
reload>proftpd  received SIGHUP -- {_}
configure       Preparing to chroot to directory '{path=}'
error           failed to open {_:w} {path:p}: {reason}
error           unable to open {_:w} '{path}': {reason}
error           error: {reason}
error           fatal: {reason}
error           {reason:t}: Operation not permitted
warning         warning: {reason}
`

// pureftpdForms are messages of Pure-FTPd 1.0.
const pureftpdForms = `
connect       New connection from {peer}
login         {user} is now logged in
login         Anonymous user logged in
login         Anonymous user logged in the virtual FTP: {path}
failed-login  Authentication failed for user [{user}]
refuse        Too many authentication failures{_}
refuse        Too many connections {reason}
disconnect    Logout.
disconnect    Logout - {reason}
disconnect    Timeout - {reason}
upload        {path=:p} uploaded {_:t}({size:n} bytes, {_}
download      {path=:p} downloaded {_:t}({size:n} bytes, {_}
delete        Deleted {path=}
rename        File successfully renamed or moved: {what}
rename        renaming [{path=}] to [{to}]
chmod         chmod {what=}
mkdir         The directory was successfully created{_}
`

// vsftpdForms are what vsftpd tells syslog where syslog_enable says so.
const vsftpdForms = `
failed-login  [{user}] FAIL LOGIN: Client "{peer}"
connect       CONNECT: Client "{peer}"
connect       CONNECT: Client "{peer}", {_}
login         [{user}] OK LOGIN: Client "{peer}"
login@ftp     [ftp] OK LOGIN: Client "{peer}", anon password "{_}
upload        [{user}] OK UPLOAD: Client "{peer}", "{path=}", {size:n} bytes, {_}
download      [{user}] OK DOWNLOAD: Client "{peer}", "{path=}", {size:n} bytes, {_}
delete        [{user}] OK DELETE: Client "{peer}", "{path=}"
rename        [{user}] OK RENAME: Client "{peer}", "{path=}"
mkdir         [{user}] OK MKDIR: Client "{peer}", "{path=}"
chmod         [{user}] OK CHMOD: Client "{peer}", "{path=}"
fail          [{user}] FAIL {what:w}: Client "{peer}", "{path=}"
fail          [{user}] FAIL {what:w}: Client "{peer}", "{path=}", {_}
`

// openvpnForms are messages of OpenVPN 2.x as a server.
const openvpnForms = `
connect       TLS: Initial packet from [AF_INET]{ip}:{port}, {_}
connect       {ip}:{port} TLS: Initial packet from {_}
login         {ip}:{port} [{user}] Peer Connection Initiated with {_}
login         [{user}] Peer Connection Initiated with [AF_INET]{ip}:{port}
failed-login  {ip}:{port} TLS Auth Error: {reason}
failed-login  {ip}:{port} TLS Error: {reason}
failed-login  {ip}:{port} VERIFY ERROR: {reason}
failed-login  {ip}:{port} SENT CONTROL [{user}]: 'AUTH_FAILED'{_}
lease         {user:t}/{ip}:{port} MULTI: Learn: {local_ip} -> {_}
lease         {user:t}/{ip}:{port} MULTI: primary virtual IP for {_:t}: {local_ip}
disconnect    {user:t}/{ip}:{port} SIGTERM[{reason:t}] received, {_}
disconnect    {user:t}/{ip}:{port} SIGUSR1[{reason:t}] received, {_}
disconnect    {user:t}/{ip}:{port} [{_:t}] Inactivity timeout ({reason:t}), {_}
note          {user:t}/{ip}:{port} {reason}
note          {ip}:{port} {reason}
start>openvpn  Initialization Sequence Completed
start>openvpn  OpenVPN {version:w} {_}
stop>openvpn   SIGTERM[{reason:t}] received, process exiting
`
