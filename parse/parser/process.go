package parser

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// processParser reads the process records of the collector: two events for
// each process, its start and its presence at collection.
type processParser struct{}

func newProcess() parse.Parser { return processParser{} }

// Describe implements parse.Parser.
func (processParser) Describe() parse.Description {
	return parse.Description{
		Name:    "process",
		Version: 1,
		Doc: "process records of the collector: \"running\" is the start of the process by ticks since boot, \"observed\" its presence " +
			"when the collector read it",
		References: []string{"collect/record/FORMAT.md", "proc_pid_stat(5)", "proc_pid_exe(5)"},
		Sources:    []string{"process"},
		Fields: []string{"argv0", "auid", "cmdline", "comm", "cwd", "environ_size", "errno", "exe", "exe_bag", "exe_born", "exe_dev", "exe_ino", "exe_sha256", "exe_state",
			"gone", "hist_env", "ld_preload", "netns", "path", "pid", "ppid", "rings", "self", "ses", "start_ticks", "state", "tty", "uid", "unit", "wchan"},
		Actions:  []string{"running", "observed"},
		Sample:   `{"t":"process","at":1700000000000000000,"boottime":86400000000000,"pid":812,"files":{"stat":{"data":"812 (sshd) S 1 ..."}}}`,
		PathOnly: true,
	}
}

// Claim implements parse.Parser.
func (processParser) Claim(x *parse.Exhibit) parse.Strength { return claimRecord(x, "process") }

// Parse implements parse.Parser.
func (processParser) Parse(ctx context.Context, f *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	names := accountNames(f)
	return eachRecord(ctx, x, "process", s, func(kind string, off int64, line []byte) (bool, error) {
		if kind != "process" {
			return false, nil
		}
		var p record.Process
		if err := decodeRecord(line, &p); err != nil {
			return true, err
		}
		return true, processEvents(&p, names, off, int64(len(line)), s)
	})
}

// statLine is the part of /proc/PID/stat that events use, proc_pid_stat(5).
type statLine struct {
	comm       string
	state      string
	ppid       int64
	tty        int64
	flags      uint64
	start      uint64 // ticks of 1/100 s since boot
	ok         bool
	kernelTask bool // PF_KTHREAD
	ended      bool // a zombie without another thread; a leader that exited before its threads is none
}

func parseStat(b []byte) statLine {
	open, shut := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 0 || shut < open {
		return statLine{}
	}
	f := strings.Fields(string(b[shut+1:]))
	if len(f) < 20 {
		return statLine{}
	}
	st := statLine{comm: string(b[open+1 : shut]), state: f[0]}
	var errs [4]error
	st.ppid, errs[0] = strconv.ParseInt(f[1], 10, 64)
	st.tty, errs[1] = strconv.ParseInt(f[4], 10, 64)
	st.flags, errs[2] = strconv.ParseUint(f[6], 10, 64)
	st.start, errs[3] = strconv.ParseUint(f[19], 10, 64)
	for _, err := range errs {
		if err != nil {
			return statLine{}
		}
	}
	const kthread = 0x00200000 // PF_KTHREAD, linux/sched.h
	st.ok, st.kernelTask = true, st.flags&kthread != 0
	st.ended = (st.state == "Z" || st.state == "X") && (f[17] == "0" || f[17] == "1")
	return st
}

// ticks turns ticks of 10 ms into ns.
func ticks(n uint64) uint64 {
	const each = uint64(1e7)
	if n > math.MaxUint64/each {
		return math.MaxUint64
	}
	return n * each
}

// ttyName names a terminal by its device number.
func ttyName(dev int64) string {
	major, minor := dev>>8&0xfff, dev&0xff|dev>>12&0xfff00
	switch {
	case dev == 0:
		return ""
	case major >= 136 && major <= 143:
		return fmt.Sprintf("pts/%d", (major-136)<<8|minor)
	case major == 4 && minor < 64:
		return fmt.Sprintf("tty%d", minor)
	case major == 4:
		return fmt.Sprintf("ttyS%d", minor-64)
	}
	return fmt.Sprintf("%d:%d", major, minor)
}

func pieceOf(p *record.Process, name string) []byte {
	if c := p.Files[name]; c != nil {
		return c.Data
	}
	return nil
}

// statusUID reads the real uid of /proc/PID/status.
func statusUID(status []byte) (uint32, bool) {
	for line := range strings.Lines(string(status)) {
		rest, ok := strings.CutPrefix(line, "Uid:")
		if !ok {
			continue
		}
		f := strings.Fields(rest)
		if len(f) == 0 {
			return 0, false
		}
		n, err := strconv.ParseUint(f[0], 10, 32)
		return uint32(n), err == nil
	}
	return 0, false
}

// exeOf gives the path of the executable and its state: plain, deleted,
// memfd, kernel (no executable at all), ended (a zombie: its memory is gone and
// with it the executable) or unreadable.
func exeOf(p *record.Process, st statLine) (path, state string) {
	if st.kernelTask {
		return "", "kernel"
	}
	if p.Exe == nil || len(p.Exe.Target) == 0 {
		if st.ended {
			return "", "ended"
		}
		return "", "unreadable"
	}
	return exeState(string(p.Exe.Target))
}

// exeState splits the target of an exe link. The kernel marks a name that is
// gone; a file whose name really ends so cannot be told apart.
func exeState(target string) (path, state string) {
	path, marked := strings.CutSuffix(target, " (deleted)")
	switch {
	case strings.HasPrefix(target, "/memfd:"):
		return path, "memfd"
	case marked:
		return path, "deleted"
	}
	return target, "plain"
}

func processEvents(p *record.Process, names map[uint32]string, off, length int64, s parse.Sink) error {
	st := parseStat(pieceOf(p, "stat"))
	exe, state := exeOf(p, st)
	argv0, cmdline := argvOf(pieceOf(p, "cmdline"))
	uid, haveUID := statusUID(pieceOf(p, "status"))
	actor := ""
	if haveUID {
		actor = accountOf(names, uid)
	}
	object := exe
	if object == "" {
		object = "[" + st.comm + "]"
	}
	fields := processFields(p, st, exe, state, argv0, cmdline)
	if haveUID {
		fields.uint("uid", uint64(uid))
	}
	if data := pieceOf(p, "stat"); !st.ok && len(data) > 0 {
		if err := s.Warning(event.Warning{Offset: off, Length: length, Parser: "process", Code: "unreadable", Message: "the stat of process " + strconv.Itoa(p.PID) + " is not made as proc_pid_stat(5) says: no start, no parent"}); err != nil {
			return err
		}
	}
	origin := event.Origin{Offset: off, Length: length}
	base := event.Event{Meaning: "observed", Source: "process", Actor: actor, Action: "observed", Object: object, Fields: fields.sorted(), Origin: origin,
		Time: collectedAt(p.At), Message: processMessage(p, st, object, state, cmdline)}
	if st.ok {
		started := base
		started.Fields = append([]event.Field(nil), base.Fields...)
		started.Action, started.Meaning, started.Ordinal = "running", "started", 1
		started.Time = startedAt(p.At, p.Boottime, ticks(st.start), event.Tick, event.ResolutionTick)
		if err := s.Event(&started); err != nil {
			return err
		}
	}
	return s.Event(&base)
}
