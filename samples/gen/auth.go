package gen

import (
	"bytes"
	"fmt"
	"sort"
	"time"
)

// line is one line of a log with its moment.
type line struct {
	t    time.Time
	text string
}

// authLog writes /var/log/auth.log: RFC 3164, no year, no zone.
func authLog(h hostSpec) []byte {
	m := scenario()
	ls := dailyNoise(h)
	if h.infected {
		ls = append(ls, session(h, m.login, m.login.Add(63*time.Second), 3981, deploy, deployUID, thiefIP, 51122)...)
	}
	if h.touched {
		in, look, n := m.adminIn, m.adminLook, 5120
		if !h.infected {
			in, look, n = m.adminDB, m.adminDB.Add(85*time.Second), 7310
		}
		ls = append(ls, session(h, in, in.Add(22*time.Minute), n, admin, adminUID, bastion, 40022)...)
		for i, c := range adminCommands(h) {
			ls = append(ls, sudo(h, look.Add(time.Duration(i)*41*time.Second), n+40+i, c)...)
		}
	}
	return join(ls)
}

// adminCommands is what the administrator ran through sudo, in order.
func adminCommands(h hostSpec) []string {
	if h.infected {
		return []string{"/usr/bin/ss -0pb", "/usr/bin/ls -la /dev/shm", fmt.Sprintf("/usr/bin/ls -l /proc/%d/exe", implantPID), "/usr/bin/sha256sum " + implantPath}
	}
	return []string{"/usr/bin/ss -0pb", "/usr/bin/ls -la /dev/shm", "/usr/bin/ls -l " + implantPath}
}

func syslogLine(h hostSpec, t time.Time, tag, msg string) line {
	return line{t, fmt.Sprintf("%s %s %s: %s", stamp3164(t), h.name, tag, msg)}
}

func session(h hostSpec, in, out time.Time, pid int, user string, uid int, ip string, port int) []line {
	tag := fmt.Sprintf("sshd[%d]", pid)
	return []line{
		syslogLine(h, in, tag, fmt.Sprintf("Accepted publickey for %s from %s port %d ssh2: ED25519 SHA256:%s", user, ip, port, keyPrint(user))),
		syslogLine(h, in, tag, fmt.Sprintf("pam_unix(sshd:session): session opened for user %s(uid=%d) by (uid=0)", user, uid)),
		syslogLine(h, in, "systemd-logind[612]", fmt.Sprintf("New session %d of user %s.", pid%1000, user)),
		syslogLine(h, out, tag, fmt.Sprintf("pam_unix(sshd:session): session closed for user %s", user)),
		syslogLine(h, out, "systemd-logind[612]", fmt.Sprintf("Removed session %d.", pid%1000)),
	}
}

// keyPrint is a made-up key fingerprint, one per account.
func keyPrint(user string) string {
	return map[string]string{admin: "6pR0dVb2k1uTfXn8yQ4wLz7mHc5sJe3aGi9oKt2rUxE", deploy: "Zq1W8eR5tY2uI9oP3aS6dF0gH7jK4lX1cV8bN5mQ2wE"}[user]
}

func sudo(h hostSpec, t time.Time, pid int, cmd string) []line {
	tag := fmt.Sprintf("sudo[%d]", pid)
	return []line{
		syslogLine(h, t, tag, fmt.Sprintf("%8s : TTY=pts/0 ; PWD=/home/%s ; USER=root ; COMMAND=%s", admin, admin, cmd)),
		syslogLine(h, t, tag, fmt.Sprintf("pam_unix(sudo:session): session opened for user root(uid=0) by %s(uid=%d)", admin, adminUID)),
		syslogLine(h, t, tag, "pam_unix(sudo:session): session closed for user root"),
	}
}

// dailyNoise is a server's ordinary life: cron each hour, the administrator
// on weekdays, and strangers who guess passwords.
func dailyNoise(h hostSpec) []line {
	m := scenario()
	r := dice(h.seed)
	var ls []line
	pid := 700
	from := m.from
	for day := from; day.Before(m.collected); day = day.AddDate(0, 0, 1) {
		for hour := range 24 {
			t := day.Truncate(time.Hour).Add(time.Duration(hour) * time.Hour).Add(17*time.Minute + time.Second)
			if t.Before(from) || t.After(m.collected) {
				continue
			}
			pid += 1 + r.IntN(40)
			tag := fmt.Sprintf("CRON[%d]", pid)
			ls = append(ls, syslogLine(h, t, tag, "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"),
				syslogLine(h, t.Add(time.Second), tag, "pam_unix(cron:session): session closed for user root"))
		}
		for range r.IntN(7) {
			t := day.Add(time.Duration(r.IntN(86400)) * time.Second)
			pid += 1 + r.IntN(9)
			user := []string{"root", "admin", "oracle", "test", "ubuntu"}[r.IntN(5)]
			ip := fmt.Sprintf("198.51.100.%d", 1+r.IntN(254))
			ls = append(ls, syslogLine(h, t, fmt.Sprintf("sshd[%d]", pid), fmt.Sprintf("Failed password for invalid user %s from %s port %d ssh2", user, ip, 1024+r.IntN(60000))))
		}
	}
	for _, v := range visits(h) {
		ls = append(ls, session(h, v.in, v.out, v.pid, admin, adminUID, bastion, v.port)...)
	}
	return ls
}

// visit is one ordinary login of the administrator.
type visit struct {
	in, out   time.Time
	pid, port int
}

// visits are the administrator's ordinary logins: Mondays and Thursdays.
func visits(h hostSpec) []visit {
	m := scenario()
	r := dice(h.seed + 200)
	var vs []visit
	for day := m.from; day.Before(m.collected); day = day.AddDate(0, 0, 1) {
		if wd := day.Weekday(); wd != time.Monday && wd != time.Thursday {
			continue
		}
		in := time.Date(day.Year(), day.Month(), day.Day(), 14, r.IntN(60), r.IntN(60), 0, kst())
		v := visit{in: in, out: in.Add(time.Duration(5+r.IntN(40)) * time.Minute), pid: 20000 + r.IntN(9000), port: 40000 + r.IntN(20000)}
		if v.in.After(m.from) && v.out.Before(m.collected) {
			vs = append(vs, v)
		}
	}
	return vs
}

// join sorts lines by time, keeping the order of equal moments.
func join(ls []line) []byte {
	sort.SliceStable(ls, func(i, j int) bool { return ls[i].t.Before(ls[j].t) })
	end := scenario().collected
	var b bytes.Buffer
	for _, l := range ls {
		if l.t.Before(end) {
			b.WriteString(l.text)
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}
