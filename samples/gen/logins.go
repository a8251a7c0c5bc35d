package gen

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sort"
	"time"
)

// Types of utmp(5).
const (
	utBoot = 2
	utUser = 7
	utDead = 8
)

// wtmp writes /var/log/wtmp: 384-byte little-endian records of utmp(5).
func wtmp(h hostSpec) []byte {
	m := scenario()
	type rec struct {
		t time.Time
		b []byte
	}
	var rs []rec
	add := func(t time.Time, typ, pid int, tty, user, host string, ip [4]byte) {
		rs = append(rs, rec{t, utmpRecord(t, typ, pid, tty, user, host, ip)})
	}
	if !h.boot.Before(m.from.AddDate(0, 0, -1)) {
		add(h.boot, utBoot, 0, "~", "reboot", "6.1.0-18-amd64", [4]byte{})
	}
	session := func(in, out time.Time, pid int, tty, user, host string, ip [4]byte) {
		add(in, utUser, pid, tty, user, host, ip)
		add(out, utDead, pid, tty, "", "", [4]byte{})
	}
	for _, v := range visits(h) {
		session(v.in, v.out, v.pid, "pts/0", admin, bastion, [4]byte{10, 20, 0, 5})
	}
	if h.infected {
		session(m.login, m.login.Add(63*time.Second), 3981, "pts/0", deploy, thiefIP, [4]byte{203, 0, 113, 77})
		session(m.adminIn, m.adminIn.Add(22*time.Minute), 5120, "pts/0", admin, bastion, [4]byte{10, 20, 0, 5})
	} else if h.touched {
		session(m.adminDB, m.adminDB.Add(22*time.Minute), 7310, "pts/0", admin, bastion, [4]byte{10, 20, 0, 5})
	}
	sort.SliceStable(rs, func(i, j int) bool { return rs[i].t.Before(rs[j].t) })
	var b bytes.Buffer
	for _, r := range rs {
		b.Write(r.b)
	}
	return b.Bytes()
}

func utmpRecord(t time.Time, typ, pid int, tty, user, host string, ip [4]byte) []byte {
	b := make([]byte, 384)
	le := binary.LittleEndian
	le.PutUint16(b[0:], uint16(typ))
	le.PutUint32(b[4:], uint32(pid))
	copy(b[8:40], tty)
	if len(tty) > 4 {
		copy(b[40:44], tty[len(tty)-3:])
	}
	copy(b[44:76], user)
	copy(b[76:332], host)
	le.PutUint32(b[336:], uint32(pid))
	le.PutUint32(b[340:], uint32(t.Unix()))
	le.PutUint32(b[344:], uint32(t.UnixMicro()%1e6))
	copy(b[348:352], ip[:])
	return b
}

// bashHistory is the administrator's ~/.bash_history with HISTTIMEFORMAT set.
func bashHistory(h hostSpec) []byte {
	m := scenario()
	var b bytes.Buffer
	put := func(t time.Time, cmd string) { fmt.Fprintf(&b, "#%d\n%s\n", t.Unix(), cmd) }
	put(at("2024-03-14 14:20:05"), "df -h")
	put(at("2024-03-14 14:21:44"), "systemctl status nginx")
	if h.touched {
		look := m.adminLook
		if !h.infected {
			look = m.adminDB.Add(85 * time.Second)
		}
		for i, c := range adminCommands(h) {
			put(look.Add(time.Duration(i)*41*time.Second-2*time.Second), "sudo "+c)
		}
	}
	put(at("2024-07-29 14:02:09"), "uptime")
	return b.Bytes()
}

// passwd is /etc/passwd of every host.
func passwd() []byte {
	return []byte("root:x:0:0:root:/root:/bin/bash\n" +
		"daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n" +
		"www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n" +
		"sshd:x:110:65534::/run/sshd:/usr/sbin/nologin\n" +
		fmt.Sprintf("%s:x:%d:%d:Kim Minseo:/home/%s:/bin/bash\n", admin, adminUID, adminUID, admin) +
		fmt.Sprintf("%s:x:%d:%d:Deployment:/home/%s:/bin/bash\n", deploy, deployUID, deployUID, deploy))
}
