package rule

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// processKey names a process of one acquisition. The start time keeps a
// re-used pid apart.
type processKey struct {
	host  event.HostKey
	run   string
	pid   int64
	start string
}

// process is what the process events of one process say together.
type process struct {
	key      processKey
	ppid     int64
	exe      string // link of the executable, with the kernel's mark
	state    string // plain, deleted, memfd; "" when not readable
	sha256   string
	comm     string
	argv0    string
	cmdline  string
	unit     string
	tty      string
	cwd      string
	uid      string
	ino      string
	dev      string   // device of the executable's file system, decimal
	rings    []string // inodes of the sockets it has mapped
	environ  string   // size of the environment in bytes, decimal; "" when not readable
	wchan    string   // kernel function it waits in
	histEnv  string   // HOME, HISTFILE and MYSQL_HISTFILE as they stand in environ
	preload  string   // LD_PRELOAD as it stands in environ
	self     bool
	started  event.Time
	events   []event.ID
	observed bool
}

// keyOf gives the process an event speaks of.
func keyOf(e *event.Event) processKey {
	return processKey{e.Host, e.Origin.Run, number(e, "pid"), field(e, "start_ticks")}
}

// processes reads all process events and joins those of the same process.
func processes(ctx context.Context, ev detect.Events) (map[processKey]*process, error) {
	out := map[processKey]*process{}
	for e, err := range ev.Events(ctx, source("process")) {
		if err != nil {
			return nil, fmt.Errorf("read process events: %w", err)
		}
		if e.Source != "process" || e.Action != "running" && e.Action != "observed" || number(e, "pid") <= 0 {
			continue
		}
		k := keyOf(e)
		p := out[k]
		if p == nil {
			p = &process{key: k, started: event.Undated()}
			out[k] = p
		}
		p.add(e)
	}
	return out, nil
}

func (p *process) add(e *event.Event) {
	p.events = append(p.events, e.ID())
	p.self = p.self || own(e)
	if e.Action == "running" {
		p.started = e.Time
	} else if e.Action == "observed" {
		p.observed = true
	}
	for _, f := range e.Fields {
		switch f.Name {
		case "exe":
			p.exe = f.Value
		case "exe_state":
			p.state = f.Value
		case "exe_sha256":
			p.sha256 = f.Value
		case "exe_ino":
			p.ino = f.Value
		case "exe_dev":
			p.dev = f.Value
		case "ld_preload":
			p.preload = f.Value
		case "rings":
			p.rings = strings.Split(f.Value, ",")
		case "environ_size":
			p.environ = f.Value
		case "wchan":
			p.wchan = f.Value
		case "hist_env":
			p.histEnv = f.Value
		case "comm":
			p.comm = f.Value
		case "argv0":
			p.argv0 = f.Value
		case "cmdline":
			p.cmdline = f.Value
		case "unit":
			p.unit = f.Value
		case "tty":
			p.tty = f.Value
		case "cwd":
			p.cwd = f.Value
		case "uid":
			p.uid = f.Value
		case "ppid":
			p.ppid, _ = strconv.ParseInt(f.Value, 10, 64)
		}
	}
	p.state = stateOf(p.exe, p.state)
}

// stateOf reads the state off the link when the record does not tell it.
func stateOf(exe, state string) string {
	switch {
	case isMemfd(exe):
		return "memfd"
	case strings.HasSuffix(exe, deletedMark) && state == "":
		return "deleted"
	}
	return state
}

// gone says whether the executable has no name in any directory.
func (p *process) gone() bool { return p.state == "deleted" || p.state == "memfd" }

// supervised says whether a service unit holds the process. Whatever a service
// starts stays in its unit, so this says little by itself.
func (p *process) supervised() bool {
	return strings.HasSuffix(p.unit, ".service") && !strings.HasPrefix(p.unit, "user@")
}

// unitsOwn says whether the program bears the name of its unit, as the main
// program of a service does (sshd in ssh.service).
func (p *process) unitsOwn() bool {
	unit, _, _ := strings.Cut(strings.TrimSuffix(p.unit, ".service"), "@")
	base := path.Base(exePath(p.exe))
	return p.supervised() && len(unit) >= 3 && len(base) >= 3 && (strings.HasPrefix(base, unit) || strings.HasPrefix(unit, base))
}

// terminal says whether the process has a controlling terminal.
func (p *process) terminal() bool { return p.tty != "" && p.tty != "0" && p.tty != "?" }

func (p *process) pid() int { return int(p.key.pid) }

// maxLine is how much of a command line a finding shows; the event has it all.
const maxLine = 300

// shown is the command line as findings show it.
func (p *process) shown() string { return clip(p.cmdline) }

func clip(s string) string {
	if len(s) > maxLine {
		return s[:maxLine] + " ..."
	}
	return s
}
