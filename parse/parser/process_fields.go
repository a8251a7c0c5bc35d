package parser

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/collect/record"
)

// unitOf is the last unit in the control groups of a process.
func unitOf(cgroup []byte) string {
	unit := ""
	for line := range strings.Lines(string(cgroup)) {
		_, path, _ := strings.Cut(strings.TrimRight(line, "\n"), ":")
		_, path, _ = strings.Cut(path, ":")
		for part := range strings.SplitSeq(path, "/") {
			if strings.HasSuffix(part, ".service") || strings.HasSuffix(part, ".scope") {
				unit = part
			}
		}
		if unit != "" {
			return unit
		}
	}
	return unit
}

// argvOf splits a command line at its NULs.
func argvOf(cmdline []byte) (argv0, whole string) {
	b := bytes.TrimRight(cmdline, "\x00")
	first, _, _ := bytes.Cut(b, []byte{0})
	return string(first), string(bytes.ReplaceAll(b, []byte{0}, []byte{' '}))
}

// environOf gives those of the named variables that stand in an environment
// block, in the order asked for.
func environOf(block []byte, names ...string) string {
	var out []string
	for _, name := range names {
		for v := range bytes.SplitSeq(block, []byte{0}) {
			if bytes.HasPrefix(v, []byte(name+"=")) {
				out = append(out, string(v))
				break
			}
		}
	}
	return strings.Join(out, " ")
}

func decimal(b []byte) string { return strings.TrimSpace(string(b)) }

func processFields(p *record.Process, st statLine, exe, state, argv0, cmdline string) *fieldList {
	f := &fieldList{}
	f.int("pid", int64(p.PID))
	f.add("exe", exe)
	f.add("path", exe)
	f.add("exe_state", state)
	f.add("exe_sha256", p.ExeSHA256)
	f.add("exe_bag", p.ExeBag)
	f.add("argv0", argv0)
	f.add("cmdline", cmdline)
	if st.ok {
		f.add("comm", st.comm)
		f.add("state", st.state)
		f.int("ppid", st.ppid)
		f.uint("start_ticks", st.start)
		f.add("tty", ttyName(st.tty))
	}
	f.add("auid", decimal(pieceOf(p, "loginuid")))
	f.add("ses", decimal(pieceOf(p, "sessionid")))
	f.add("unit", unitOf(pieceOf(p, "cgroup")))
	f.add("rings", strings.Join(mappedSockets(pieceOf(p, "maps")), ","))
	if w := decimal(pieceOf(p, "wchan")); w != "0" {
		f.add("wchan", w)
	}
	if c := p.Files["environ"]; c != nil && c.Errno == "" {
		f.int("environ_size", int64(len(c.Data)))
		f.add("hist_env", environOf(c.Data, "HOME", "HISTFILE", "MYSQL_HISTFILE"))
		f.add("ld_preload", strings.TrimPrefix(environOf(c.Data, "LD_PRELOAD"), "LD_PRELOAD="))
	}
	if p.Exe != nil {
		if p.Exe.Ino != 0 {
			f.uint("exe_ino", p.Exe.Ino)
		}
		if p.Exe.Dev != 0 {
			f.uint("exe_dev", p.Exe.Dev)
		}
		if p.Exe.Btime > 0 {
			f.add("exe_born", time.Unix(0, p.Exe.Btime).UTC().Format(time.RFC3339Nano))
		}
		if state == "unreadable" {
			f.add("errno", p.Exe.Errno)
		}
	}
	if c := p.Files["stat"]; !st.ok && c != nil && (p.Exe == nil || state != "unreadable") {
		f.add("errno", c.Errno)
	}
	if p.CWD != nil {
		f.add("cwd", string(p.CWD.Target))
	}
	if ns := p.NS["net"]; ns != nil {
		if v, ok := strings.CutPrefix(string(ns.Target), "net:["); ok {
			f.add("netns", strings.TrimSuffix(v, "]"))
		}
	}
	if p.Self {
		f.add("self", "true")
	}
	if p.Gone {
		f.add("gone", "true")
	}
	return f
}

func processMessage(p *record.Process, st statLine, object, state, cmdline string) string {
	m := fmt.Sprintf("process %d %s runs %s", p.PID, st.comm, object)
	switch state {
	case "deleted":
		m += " (deleted)"
	case "memfd":
		m += " (memory only)"
	case "kernel":
		m = fmt.Sprintf("kernel thread %d %s", p.PID, st.comm)
	case "ended":
		m = fmt.Sprintf("process %d %s (ended, not yet waited for)", p.PID, st.comm)
	case "unreadable":
		m = fmt.Sprintf("process %d %s (executable not readable)", p.PID, st.comm)
	}
	if cmdline != "" {
		m += ": " + cmdline
	}
	return m
}

// mappedSockets lists the inodes of the sockets that /proc/PID/maps shows: the
// rings of packet sockets (PACKET_RX_RING of packet(7)), through which capture
// programs read.
func mappedSockets(maps []byte) []string {
	var out []string
	for line := range bytes.Lines(maps) {
		i := bytes.Index(line, []byte(" socket:["))
		if i < 0 || len(out) == maxListed {
			continue
		}
		ino, ok := strings.CutSuffix(strings.TrimSpace(string(line[i+len(" socket:["):])), "]")
		if ok && !slices.Contains(out, ino) {
			out = append(out, ino)
		}
	}
	return out
}
