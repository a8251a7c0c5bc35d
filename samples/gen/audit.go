package gen

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"sort"
	"strings"
	"time"
)

// auditLog writes /var/log/audit/audit.log: raw records with serials. On the
// infected host auditd is silent for some weeks: the serials leave a hole.
func auditLog(h hostSpec) []byte {
	m := scenario()
	w := &auditWriter{host: h, serial: 1000 + h.seed}
	type step struct {
		t  time.Time
		do func(t time.Time)
	}
	var steps []step
	add := func(t time.Time, do func(time.Time)) { steps = append(steps, step{t, do}) }
	r := dice(h.seed + 100)
	for t := m.from; t.Before(m.collected); t = t.Add(time.Duration(40+r.IntN(45)) * time.Minute) {
		pid := 2000 + r.IntN(20000)
		add(t, func(t time.Time) { w.cron(t, pid) })
	}
	if h.infected {
		add(m.login, func(t time.Time) { w.login(t, 3981, deployUID, thiefIP, 91) })
		for i, argv := range [][]string{{"cp", "/home/deploy/.cache/a.bin", implantPath}, {"chmod", "755", implantPath}, {implantPath, "--init"}, {"rm", "-f", implantPath, "/home/deploy/.cache/a.bin"}} {
			t := []time.Time{m.copied, m.copied.Add(time.Second), m.started, m.removed}[i]
			add(t, func(t time.Time) { w.exec(t, []int{4229, 4230, implantPID, 4244}[i], deployUID, deployUID, 91, argv) })
		}
	}
	if h.touched {
		look, ses := m.adminLook, 118
		if !h.infected {
			look, ses = m.adminDB.Add(85*time.Second), 77
		}
		for i, c := range adminCommands(h) {
			add(look.Add(time.Duration(i)*41*time.Second), func(t time.Time) { w.exec(t, 5200+i, adminUID, 0, ses, strings.Fields(c)) })
		}
	}
	sort.SliceStable(steps, func(i, j int) bool { return steps[i].t.Before(steps[j].t) })
	for _, s := range steps {
		if h.infected && s.t.After(m.silence) && s.t.Before(m.voice) {
			w.serial += 3 // the kernel counted on; nobody wrote it down
			continue
		}
		s.do(s.t)
	}
	return w.b.Bytes()
}

type auditWriter struct {
	host   hostSpec
	serial uint64
	b      bytes.Buffer
}

func (w *auditWriter) id(t time.Time) string {
	return fmt.Sprintf("msg=audit(%d.%03d:%d):", t.Unix(), (w.serial*37)%1000, w.serial)
}

func (w *auditWriter) cron(t time.Time, pid int) {
	for _, kind := range []string{"USER_ACCT", "USER_START", "USER_END"} {
		w.serial++
		fmt.Fprintf(&w.b, "type=%s %s pid=%d uid=0 auid=4294967295 ses=4294967295 msg='op=PAM:%s grantors=pam_unix acct=\"root\" exe=\"/usr/sbin/cron\" hostname=? addr=? terminal=cron res=success'\n",
			kind, w.id(t), pid, map[string]string{"USER_ACCT": "accounting", "USER_START": "session_open", "USER_END": "session_close"}[kind])
	}
}

func (w *auditWriter) login(t time.Time, pid, uid int, ip string, ses int) {
	w.serial++
	fmt.Fprintf(&w.b, "type=LOGIN %s pid=%d uid=0 old-auid=4294967295 auid=%d tty=(none) old-ses=4294967295 ses=%d res=1\n", w.id(t), pid, uid, ses)
	w.serial++
	fmt.Fprintf(&w.b, "type=USER_LOGIN %s pid=%d uid=0 auid=%d ses=%d msg='op=login id=%d exe=\"/usr/sbin/sshd\" hostname=%s addr=%s terminal=/dev/pts/0 res=success'\n", w.id(t), pid, uid, ses, uid, ip, ip)
}

// exec writes the records of one execve: SYSCALL, EXECVE, CWD, PATH, PROCTITLE.
func (w *auditWriter) exec(t time.Time, pid, auid, uid, ses int, argv []string) {
	w.serial++
	id := w.id(t)
	comm := argv[0][strings.LastIndexByte(argv[0], '/')+1:]
	exe := argv[0]
	if !strings.HasPrefix(exe, "/") {
		exe = "/usr/bin/" + exe
	}
	if len(comm) > 15 {
		comm = comm[:15]
	}
	fmt.Fprintf(&w.b, "type=SYSCALL %s arch=c000003e syscall=59 success=yes exit=0 a0=55d0c1a2b3c0 a1=55d0c1a2b4d0 a2=55d0c1a2b5e0 a3=8 items=1 ppid=3990 pid=%d auid=%d uid=%d gid=%d euid=%d suid=%d fsuid=%d egid=%d sgid=%d fsgid=%d tty=pts0 ses=%d comm=\"%s\" exe=\"%s\" subj=unconfined key=\"exec\"\n",
		id, pid, auid, uid, uid, uid, uid, uid, uid, uid, uid, ses, comm, exe)
	fmt.Fprintf(&w.b, "type=EXECVE %s argc=%d", id, len(argv))
	for i, a := range argv {
		fmt.Fprintf(&w.b, " a%d=\"%s\"", i, a)
	}
	fmt.Fprintf(&w.b, "\ntype=CWD %s cwd=\"/home/%s\"\n", id, map[int]string{adminUID: admin, deployUID: deploy}[auid])
	fmt.Fprintf(&w.b, "type=PATH %s item=0 name=\"%s\" inode=%d dev=fe:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0\n", id, exe, 130000+pid)
	fmt.Fprintf(&w.b, "type=PROCTITLE %s proctitle=%s\n", id, strings.ToUpper(hex.EncodeToString([]byte(strings.Join(argv, "\x00")))))
}
