package parser

import "strings"

// sshdSession reads what sshd says of sessions and children.
func sshdSession(m *msg, s string) bool {
	if r, ok := after(s, "Starting session: "); ok {
		what, tail, ok := strings.Cut(r, " for ")
		if !ok {
			return false
		}
		if kind, tty, ok := strings.Cut(what, " on "); ok {
			what = kind
			m.b.Field("tty", tty)
		}
		m.b.Field("command", what)
		user, tail, _ := sshdUserFrom(tail)
		m.endpoint(tail)
		return m.act("session-open", user, what)
	}
	if r, ok := after(s, "Close session: "); ok {
		user, tail, _ := sshdUserFrom(strings.TrimPrefix(r, "user "))
		m.endpoint(tail)
		return m.act("session-close", user, "")
	}
	if r, ok := after(s, "Closing connection to "); ok {
		m.endpoint(r)
		return m.act("disconnect", "", "")
	}
	if strings.HasPrefix(s, "User child is on pid ") {
		m.b.Field("child_pid", s[len("User child is on pid "):])
		return m.act("child", "", "")
	}
	if r, ok := after(s, "subsystem request for "); ok {
		what, who, _ := strings.Cut(r, " by user ")
		who, _, _ = strings.Cut(who, ",")
		return m.act("subsystem", who, what)
	}
	if r, ok := after(s, "session opened for local user "); ok { // internal sftp-server
		user, tail, _ := strings.Cut(r, " from ")
		m.peer(tail)
		return m.act("session-open", user, "sftp")
	}
	if r, ok := after(s, "session closed for local user "); ok {
		user, tail, _ := strings.Cut(r, " from ")
		m.peer(tail)
		return m.act("session-close", user, "sftp")
	}
	if begins(s, "Set /proc/self/oom_score_adj", "Changed root directory to ") {
		return m.act("configure", "", "sshd")
	}
	return false
}

// sshdError reads "error: ..." and "fatal: ...".
func sshdError(m *msg, s string) bool {
	if r, ok := after(s, "maximum authentication attempts exceeded for "); ok {
		user, tail, _ := sshdUserFrom(r)
		user = m.userState(user)
		m.endpoint(tail)
		m.b.Field("reason", "maximum authentication attempts exceeded")
		return m.act("failed-login", user, "")
	}
	if r, ok := after(s, "PAM: "); ok {
		why, who, found := strings.Cut(r, " for ")
		if found {
			user, tail, _ := sshdUserFrom(who)
			user = m.userState(user)
			m.endpoint(tail)
			m.b.Field("reason", why)
			return m.act("failed-login", user, "")
		}
	}
	return false
}

// sshdFunction reads "function: what went wrong" of any part of sshd.
func sshdFunction(m *msg, s string) bool {
	name, why, ok := strings.Cut(s, ": ")
	if name = strings.TrimSuffix(name, "()"); !ok || strings.HasPrefix(name, "debug") {
		return false
	}
	for i := 0; i < len(name); i++ {
		if c := name[i]; !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c-'0' <= 9) {
			return false
		}
	}
	m.b.Field("function", name)
	m.sweep(why)
	m.b.Field("reason", why)
	return m.act("error", "", "")
}

// sshdAnyPeer finds "from IP port N" or "by IP port N" anywhere.
func sshdAnyPeer(m *msg, s string) {
	for _, p := range [...]string{"from ", "by ", "with ", "for "} {
		i := strings.LastIndex(s, p)
		if i < 0 {
			continue
		}
		t := s[i+len(p):]
		if ip, _ := token(t); address(strings.TrimRight(ip, ":,;")) {
			m.endpoint(t)
			return
		}
	}
}

// sshdRefused reads refusals and probes.
func sshdRefused(m *msg, s string) bool {
	if r, ok := after(s, "User "); ok {
		who, why, ok := strings.Cut(r, " not allowed because ")
		if !ok {
			return false
		}
		user, tail, found := sshdUserFrom(who)
		if !found {
			user = who
		}
		m.endpoint(tail)
		m.b.Field("reason", why)
		return m.act("refuse", user, "")
	}
	if r, ok := after(s, "ROOT LOGIN REFUSED FROM "); ok {
		m.endpoint(r)
		return m.act("refuse", "root", "")
	}
	if r, ok := after(s, "refused connect from "); ok {
		name, tail, _ := strings.Cut(r, " (")
		m.peer(name)
		if tail != "" && !address(name) {
			m.peer(tail)
		}
		return m.act("refuse", "", "")
	}
	if r, ok := after(s, "Authentication refused: "); ok {
		if i := strings.LastIndexByte(r, ' '); i >= 0 && strings.HasPrefix(r[i+1:], "/") {
			m.b.Field("path", r[i+1:])
		}
		m.b.Field("reason", r)
		return m.act("refuse", "", "")
	}
	if r, ok := after(s, "Authentication tried for "); ok {
		user, why, _ := strings.Cut(r, " with ")
		if i := strings.Index(why, "ip="); i >= 0 {
			ip, _, _ := strings.Cut(why[i+3:], ",")
			m.peer(strings.TrimRight(ip, ")."))
		}
		m.b.Field("reason", "with "+why)
		return m.act("refuse", user, "")
	}
	if r, ok := after(s, "drop connection "); ok {
		if _, tail, ok := strings.Cut(r, "from ["); ok {
			ip, tail, _ := strings.Cut(tail, "]")
			m.peer(ip)
			if p, ok := after(tail, ":"); ok {
				p, _ = token(p)
				m.b.Field("port", p)
			}
		}
		return m.act("refuse", "", "")
	}
	return false
}

// probes are beginnings of messages about peers that do not speak SSH as they should.
func probes() [10]string {
	return [...]string{"Bad remote protocol version identification", "Did not receive identification string", "Bad protocol version identification", "banner exchange: ",
		"Unable to negotiate with ", "kex_exchange_identification: ", "ssh_dispatch_run_fatal: ", "Protocol major versions differ", "Bad packet length", "kex_protocol_error: "}
}

// sshdOther reads the rest.
func sshdOther(m *msg, s string) bool {
	for _, p := range probes() {
		if strings.HasPrefix(s, p) {
			sshdAnyPeer(m, s)
			m.b.Field("reason", s)
			return m.act("probe", "", "")
		}
	}
	switch {
	case begins(s, "Timeout before authentication", "Timeout, client not responding", "Read error from remote host",
		"Read from socket failed", "packet_write", "Write failed", "Exiting on signal"):
		sshdAnyPeer(m, s)
		m.b.Field("reason", s)
		return m.act("disconnect", "", "")
	case strings.HasPrefix(s, "input_userauth_request: invalid user "):
		return m.act("invalid-user", s[len("input_userauth_request: invalid user "):], "")
	case strings.HasPrefix(s, "Found matching "):
		key := strings.Replace(s[len("Found matching "):], " key: ", " ", 1)
		if !sshdKey(m, key, " file ") {
			sshdKeyFields(m, key)
			m.act("key-match", "", "")
		}
		return true
	case begins(s, "reverse mapping checking", "Nasty PTR record", "Address "):
		if i := strings.IndexByte(s, '['); i >= 0 {
			ip, _, _ := strings.Cut(s[i+1:], "]")
			m.peer(ip)
		} else if r, ok := after(s, "Address "); ok {
			ip, _ := token(r)
			m.peer(ip)
		}
		m.b.Field("reason", s)
		return m.act("probe", "", "")
	case strings.Contains(s, "MaxStartups throttling"), begins(s, "srclimit_penalise", "PerSourcePenalties"):
		return m.act("throttle", "", "")
	case begins(s, "userauth_pubkey: ", "Certificate invalid", "Login name "):
		m.b.Field("reason", s)
		return m.act("refuse", "", "")
	case begins(s, "Allocated port ", "Local connections to ", "Connections to remote port"):
		return m.act("forward", "", "")
	case begins(s, "rexec line ", "main: sshd:"), holds(s, "Could not load host key", "Deprecated option"):
		return m.act("configure", "", "sshd")
	case begins(s, "syslogin_perform_logout", "mm_", "dispatch_protocol_error"):
		m.b.Field("reason", s)
		return m.act("error", "", "")
	case strings.HasPrefix(s, "Authorized to "):
		who, key, _ := strings.Cut(s[len("Authorized to "):], ", ")
		m.b.Field("key", key)
		return m.act("key-match", who, "")
	case strings.HasPrefix(s, "Generating "):
		return m.act("configure", "", "sshd")
	}
	return false
}

func sshdListen(m *msg, s string) bool {
	r, ok := after(s, "listening on ")
	if !ok {
		return false
	}
	ip, r := token(r)
	m.b.Field("local_ip", ip)
	if p, ok := after(r, "port "); ok {
		p, _ = token(strings.TrimRight(p, "."))
		m.b.Field("local_port", p)
	}
	return m.act("listen", "", "sshd")
}
