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

// DeletedExe finds processes whose executable no directory holds any more, or
// ever held (memfd_create(2)). An upgrade leaves such processes too: then the
// path exists again, outside of directories for temporary files, and the
// finding is low and claims no implant.
type DeletedExe struct{}

// Describe tells what the detector is.
func (DeletedExe) Describe() detect.Description {
	return detect.Description{
		Name: "deleted-exe", Version: 1,
		Doc:       "a process runs an executable that was deleted, or that only ever lived in memory",
		Technique: "T1070.004",
		References: []string{
			"https://man7.org/linux/man-pages/man5/proc_pid_exe.5.html",
			"https://attack.mitre.org/techniques/T1070/004/",
		},
		Alternative: "a package upgrade or a rebuild replaced the file while the process ran; container runtimes and some just-in-time compilers run from memory files",
		Sources:     []string{"process", "file"},
	}
}

// Detect looks at every process of every acquisition.
func (d DeletedExe) Detect(ctx context.Context, ev detect.Events, cov detect.Coverage, emit func(claim.Finding) error) error {
	procs, err := processes(ctx, ev)
	if err != nil {
		return err
	}
	hits := make([]*process, 0, 16)
	for _, p := range procs {
		if p.gone() && !p.self {
			hits = append(hits, p)
		}
	}
	slices.SortFunc(hits, byPID)
	again, err := d.replaced(ctx, ev, hits)
	if err != nil {
		return err
	}
	for _, p := range hits {
		if err := emit(d.finding(p, again[pathOn{p.key.run, exePath(p.exe)}], cov)); err != nil {
			return err
		}
	}
	return nil
}

func byPID(a, b *process) int {
	return cmpOr(slices.Compare(a.key.host[:], b.key.host[:]), strings.Compare(a.key.run, b.key.run), int(a.key.pid-b.key.pid), strings.Compare(a.key.start, b.key.start))
}

func cmpOr(vs ...int) int {
	for _, v := range vs {
		if v != 0 {
			return v
		}
	}
	return 0
}

// pathOn is a path as one acquisition saw it.
type pathOn struct{ run, path string }

// again is the file that stands at the path of a deleted executable.
type again struct {
	id, birth event.ID
	dev       string // device of its file system, decimal
	born      int64  // latest instant of its birth; 0 unknown
}

// elsewhere says whether the process ran from another file system than the
// walk found at the path: one in a container sees other files.
func (a again) elsewhere(p *process) bool { return a.dev != "" && p.dev != "" && a.dev != p.dev }

// older says whether the file was there, somewhere, before the process began:
// an upgrade writes a file of its own after that.
func (a again) older(p *process) bool {
	return a.born != 0 && p.started.Dated() && a.born < p.started.Earliest
}

// replaced finds files that stand again at the path of a deleted executable.
func (DeletedExe) replaced(ctx context.Context, ev detect.Events, hits []*process) (map[pathOn]again, error) {
	want := map[pathOn]bool{}
	var kids []*query.Node
	for _, p := range hits {
		if p.state != "deleted" {
			continue
		}
		k := pathOn{p.key.run, exePath(p.exe)}
		if !want[k] {
			want[k] = true
			kids = append(kids, term("object", k.path))
		}
	}
	out := map[pathOn]again{}
	if len(kids) == 0 {
		return out, nil
	}
	for e, err := range ev.Events(ctx, both(source("file"), either(kids...))) {
		if err != nil {
			return nil, fmt.Errorf("read file events: %w", err)
		}
		if k := (pathOn{e.Origin.Run, e.Object}); e.Source == "file" && want[k] {
			a := out[k]
			a.dev, a.id = field(e, "dev"), e.ID() // the last in time: nearest to the acquisition
			if strings.Contains(e.Meaning, "b") && e.Time.Dated() {
				a.born, a.birth = e.Time.Latest, e.ID()
			}
			out[k] = a
		}
	}
	return out, nil
}

func (d DeletedExe) finding(p *process, now again, cov detect.Coverage) claim.Finding {
	exe := exePath(p.exe)
	f := claim.Finding{
		Host: p.key.host, PID: p.pid(), Path: exe, Events: p.events, Time: p.started,
		Level: claim.Medium, Confidence: "medium", Implant: p.implant(),
		Title: fmt.Sprintf("process %d runs the deleted executable %s", p.pid(), short(exe)),
	}
	var notes []string
	if p.sha256 != "" {
		notes = append(notes, "executable SHA-256 "+p.sha256)
	}
	if p.cmdline != "" {
		notes = append(notes, "command line "+p.shown())
	}
	switch {
	case p.state == "memfd":
		f.Level, f.Confidence, f.Technique = claim.High, "medium", "T1620"
		f.Title = fmt.Sprintf("process %d runs an executable that only memory holds, %s", p.pid(), short(exe))
		f.Alternative = "a container runtime started this way (they copy themselves into a memory file), a just-in-time compiler, or a test"
	case transient(exe):
		f.Level, f.Confidence = claim.High, "high"
		notes = append(notes, "the path lies in "+short(path.Dir(exe))+", where no package installs programs")
		f.Alternative = "an installer or a build that ran from a directory for temporary files and removed itself"
	case now.elsewhere(p):
		notes = append(notes, "the walk found another file system at this path: whether the path exists again where the process sees it is not known")
	case now.id != event.ID{} && now.older(p) && !p.unitsOwn():
		f.Events = append(slices.Clone(f.Events), now.birth)
		notes = append(notes, "the file that lies at the path now was born before the process started: it was moved there later")
		f.Alternative = "an upgrade or a deployment that was prepared before the process started, and moved to its place afterwards"
	case now.id != event.ID{}:
		f.Level, f.Confidence, f.Implant = claim.Low, "low", ""
		f.Events = append(slices.Clone(f.Events), now.id)
		notes = append(notes, "the path exists again: a file was put there after the process had started")
		f.Alternative = "an upgrade or a deployment replaced the file and the process was not restarted since"
	case packaged(exe) && p.unitsOwn():
		f.Level, f.Confidence, f.Implant = claim.Low, "low", ""
		notes = append(notes, "it bears the name of the unit that holds it, "+p.unit)
		f.Alternative = "the package was removed or moved to another path and the service was not restarted since"
	case cov.State(p.key.host, "file", event.MinTime) != "present":
		notes = append(notes, "whether the path exists again is not known: the file systems were not read in full")
	}
	if !p.supervised() && !p.terminal() {
		notes = append(notes, "no service unit and no terminal are known for it")
	}
	if p.environ == "0" {
		notes = append(notes, "its environment is empty")
	}
	f.Detail = strings.Join(notes, "; ")
	return f
}
