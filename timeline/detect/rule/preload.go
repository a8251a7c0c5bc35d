package rule

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// Preload finds libraries that the dynamic linker puts before all others: by
// the environment of running processes where the library does not lie where
// packages install any, and for every program where /etc/ld.so.preload is not
// empty.
type Preload struct{}

// Describe tells what the detector is.
func (Preload) Describe() detect.Description {
	return detect.Description{
		Name: "preload", Version: 1,
		Doc:         "a library outside the directories of packages is preloaded into processes, or /etc/ld.so.preload names one for every program",
		Technique:   "T1574.006",
		References:  []string{"https://man7.org/linux/man-pages/man8/ld.so.8.html", "https://attack.mitre.org/techniques/T1574/006/"},
		Alternative: "a memory allocator, a tracer, a test or a security product that its administrator preloads",
		Sources:     []string{"process", "file"},
	}
}

const preloadFile = "/etc/ld.so.preload"

// preloaded is a list of libraries as processes of one acquisition name it.
type preloaded struct {
	host event.HostKey
	run  string
	libs []string // outside the directories of packages, those in odd places first
	by   []*process
}

func (l *preloaded) names() string { return strings.Join(l.libs, " and ") }

// odd says whether a library lies where nothing stays, or is hidden.
func odd(lib string) bool { return transient(lib) || strings.Contains(lib, "/.") }

// Detect looks at the environment of every process and at the file.
func (d Preload) Detect(ctx context.Context, ev detect.Events, _ detect.Coverage, emit func(claim.Finding) error) error {
	procs, err := processes(ctx, ev)
	if err != nil {
		return err
	}
	for _, l := range preloadedBy(procs) {
		if err := emit(d.finding(l)); err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	for e, err := range ev.Events(ctx, both(source("file"), term("object", preloadFile))) {
		if err != nil {
			return fmt.Errorf("read file events: %w", err)
		}
		if e.Source != "file" || e.Object != preloadFile || field(e, "size") == "0" || field(e, "size") == "" || field(e, "kind") == "directory" || seen[e.Origin.Run] {
			continue
		}
		seen[e.Origin.Run] = true
		if err := emit(claim.Finding{Host: e.Host, Path: preloadFile, Events: []event.ID{e.ID()}, Time: e.Time, Level: claim.Medium, Confidence: "low",
			Title:  preloadFile + " is not empty: every program that is started loads what it names",
			Detail: "size " + field(e, "size") + " bytes; the file and the libraries it names are exhibits of the bundle"}); err != nil {
			return err
		}
	}
	return nil
}

// preloadedBy gathers the preloaded libraries that lie outside the directories
// of packages, in a fixed order.
func preloadedBy(procs map[processKey]*process) []*preloaded {
	byLib := map[pathOn]*preloaded{}
	for _, p := range procs {
		if p.self {
			continue
		}
		libs := p.preloads()
		if len(libs) == 0 {
			continue
		}
		k := pathOn{p.key.run, strings.Join(libs, ":")}
		if byLib[k] == nil {
			byLib[k] = &preloaded{host: p.key.host, run: k.run, libs: libs}
		}
		byLib[k].by = append(byLib[k].by, p)
	}
	out := make([]*preloaded, 0, len(byLib))
	for _, l := range byLib {
		slices.SortFunc(l.by, byPID)
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b *preloaded) int {
		return cmp.Or(slices.Compare(a.host[:], b.host[:]), cmp.Compare(a.run, b.run), slices.Compare(a.libs, b.libs))
	})
	return out
}

// preloads lists the libraries that the process preloads from outside the
// directories of packages.
func (p *process) preloads() []string {
	var out []string
	for _, lib := range strings.FieldsFunc(p.preload, func(r rune) bool { return r == ':' || r == ' ' }) {
		if strings.HasPrefix(lib, "/") && !packaged(lib) { // a bare name is looked up in the directories of packages
			out = append(out, path.Clean(lib))
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		switch {
		case odd(a) && !odd(b):
			return -1
		case odd(b) && !odd(a):
			return 1
		}
		return cmp.Compare(a, b)
	})
	return slices.Compact(out)
}

func (Preload) finding(l *preloaded) claim.Finding {
	first := l.by[0]
	f := claim.Finding{Host: l.host, PID: first.pid(), Path: l.libs[0], Time: first.started, Level: claim.Low, Confidence: "low",
		Title: fmt.Sprintf("process %d loads %s before all other libraries", first.pid(), short(l.names()))}
	if n := len(l.by); n > 1 {
		f.Title = fmt.Sprintf("%d processes load %s before all other libraries", n, short(l.names()))
	}
	var lines []string
	for i, p := range l.by {
		if len(f.Events)+len(p.events) <= maxCited {
			f.Events = append(f.Events, p.events...)
		}
		if i < 8 {
			lines = append(lines, fmt.Sprintf("process %d (%s): LD_PRELOAD=%s", p.pid(), orNone(short(exePath(p.exe))), clip(p.preload)))
		}
	}
	if odd(l.libs[0]) {
		f.Level, f.Confidence, f.Implant = claim.Medium, "medium", implantKey(l.libs[0], "")
		lines = append(lines, "the library lies in a directory for temporary files or a hidden one")
	}
	f.Detail = strings.Join(lines, "\n")
	return f
}
