package rule

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// Masquerade finds processes that call themselves something they are not, by
// structure: a kernel thread's bracketed name on a process that has an
// executable, or the path of an installed program as argv[0] of another file.
type Masquerade struct{}

// Describe tells what the detector is.
func (Masquerade) Describe() detect.Description {
	return detect.Description{
		Name: "masquerade", Version: 1,
		Doc:       "a process shows the name of a kernel thread or the path of another program as its own",
		Technique: "T1036.004",
		References: []string{
			"https://man7.org/linux/man-pages/man5/proc_pid_cmdline.5.html",
			"https://attack.mitre.org/techniques/T1036/004/",
		},
		Alternative: "a wrapper or a program with several names that sets its first argument itself",
		Sources:     []string{"process", "file"},
	}
}

// Detect looks at every process whose executable is known.
func (d Masquerade) Detect(ctx context.Context, ev detect.Events, cov detect.Coverage, emit func(claim.Finding) error) error {
	procs, err := processes(ctx, ev)
	if err != nil {
		return err
	}
	var claims []*process
	honest := map[pathOn]bool{} // executables that other processes run under their own name: tools of everybody
	for _, p := range procs {
		switch {
		case p.self || p.exe == "":
		case p.kernelName() || p.claimsProgram():
			claims = append(claims, p)
		case p.cmdline != "" && path.Base(p.argv0) == path.Base(p.exe):
			honest[pathOn{p.key.run, p.exe}] = true
		}
	}
	slices.SortFunc(claims, byPID)
	known, err := d.files(ctx, ev, claims)
	if err != nil {
		return err
	}
	for _, p := range claims {
		f, ok := d.judge(p, known, cov)
		if !ok {
			continue
		}
		if f.Implant != "" && honest[pathOn{p.key.run, p.exe}] && !p.gone() {
			f.Implant = p.byNumber()
		}
		if err := emit(f); err != nil {
			return err
		}
	}
	return nil
}

// kernelName says whether the command line, or its first argument, is nothing
// but a bracketed name. Real kernel threads have an empty command line; ps adds
// the brackets. Titles such as "[celeryd: worker]" hold a blank.
func (p *process) kernelName() bool { return bracketed(p.cmdline) || bracketed(p.argv0) }

func bracketed(s string) bool {
	c := strings.TrimSpace(s)
	return len(c) > 2 && len(c) <= 64 && c[0] == '[' && c[len(c)-1] == ']' && !strings.ContainsAny(c[1:len(c)-1], " []")
}

// claimsProgram says whether argv[0] is the path of a program as packages
// install them, with another name than the executable's.
func (p *process) claimsProgram() bool {
	word, _, _ := strings.Cut(p.argv0, " ") // some write a whole command line into argv[0]
	return strings.HasPrefix(word, "/") && packaged(word) && path.Base(word) != path.Base(exePath(p.exe))
}

// claimed is the path that argv[0] shows.
func (p *process) claimed() string {
	word, _, _ := strings.Cut(p.argv0, " ")
	return path.Clean(word)
}

// merged gives both names of a path on hosts where /bin, /sbin and /lib are
// links into /usr.
func merged(p string) []string {
	for _, d := range []string{"/bin/", "/sbin/", "/lib/", "/lib64/"} {
		if strings.HasPrefix(p, d) {
			return []string{p, "/usr" + p}
		}
		if strings.HasPrefix(p, "/usr"+d) {
			return []string{p, strings.TrimPrefix(p, "/usr")}
		}
	}
	return []string{p}
}

// fileAt is what the walk of one acquisition says of a path.
type fileAt struct {
	kind, inode string
	id          event.ID
}

// files reads what the walks say of the claimed paths.
func (Masquerade) files(ctx context.Context, ev detect.Events, procs []*process) (map[pathOn]fileAt, error) {
	want := map[pathOn]bool{}
	var kids []*query.Node
	for _, p := range procs {
		if p.kernelName() {
			continue
		}
		asked := []string{exePath(p.exe)}
		for _, m := range merged(p.claimed()) {
			asked = append(asked, m, path.Dir(m))
		}
		for _, m := range asked {
			if k := (pathOn{p.key.run, m}); !want[k] {
				want[k] = true
				kids = append(kids, term("object", m))
			}
		}
	}
	out := map[pathOn]fileAt{}
	if len(kids) == 0 {
		return out, nil
	}
	for e, err := range ev.Events(ctx, both(source("file"), either(kids...))) {
		if err != nil {
			return nil, fmt.Errorf("read file events: %w", err)
		}
		if k := (pathOn{e.Origin.Run, e.Object}); e.Source == "file" && want[k] {
			out[k] = fileAt{field(e, "kind"), field(e, "inode"), e.ID()}
		}
	}
	return out, nil
}

func (d Masquerade) judge(p *process, known map[pathOn]fileAt, cov detect.Coverage) (claim.Finding, bool) {
	exe := exePath(p.exe)
	f := claim.Finding{Host: p.key.host, PID: p.pid(), Path: exe, Events: slices.Clone(p.events), Time: p.started, Level: claim.Medium, Confidence: "medium"}
	hidden := p.gone() || transient(exe)
	if p.kernelName() {
		f.Title = fmt.Sprintf("process %d shows the name of a kernel thread, %s, and runs %s", p.pid(), clip(strings.TrimSpace(p.cmdline)), short(exe))
		f.Detail = "kernel threads have no executable and an empty command line"
		if hidden {
			f.Level, f.Confidence = claim.High, "high"
		}
		f.Implant = p.implant()
		return f, true
	}
	at, found, listed := fileAt{}, false, false
	for _, m := range merged(p.claimed()) {
		listed = listed || known[pathOn{p.key.run, path.Dir(m)}].kind == "directory"
		if x, ok := known[pathOn{p.key.run, m}]; ok {
			at, found = x, true
			break
		}
	}
	own, walked := known[pathOn{p.key.run, exe}]
	switch {
	case found && at.kind == "link", found && at.inode != "" && at.inode == p.ino:
		return f, false // another name of the same program
	case hidden:
		f.Level, f.Confidence = claim.High, "medium"
	case packaged(exe) && p.ino != "" && (listed || found) && (!walked || own.inode != p.ino):
		return f, false // it runs another file than the walk found there: a container, which sees other files
	case !found && !listed && cov.State(p.key.host, "file", event.MinTime) != "present" && packaged(exe):
		return f, false // nothing says what lies at the path it shows
	case packaged(exe):
		f.Level, f.Confidence = claim.Low, "low"
	}
	f.Title = fmt.Sprintf("process %d shows the path %s and runs %s", p.pid(), short(p.claimed()), short(exe))
	f.Detail = "command line: " + p.shown()
	if found {
		f.Events = append(f.Events, at.id)
		f.Detail += "\na different file lies at the path it shows"
	} else {
		f.Detail += "\nno file is known at the path it shows"
	}
	if f.Level.Rank() >= claim.Medium.Rank() {
		f.Implant = p.implant()
	}
	return f, true
}
