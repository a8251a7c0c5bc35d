package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/samples/gen"
)

// desk is one desk of the tests: commands run in the process.
type desk2 struct {
	t   *testing.T
	dir string
}

// run executes one command line and gives its output and exit code.
func (d *desk2) run(args ...string) (string, string, int) {
	d.t.Helper()
	var out, errs bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &out, err: &errs, now: time.Now, getenv: func(string) string { return "" }}
	code := a.run(context.Background(), args)
	return out.String(), errs.String(), code
}

// must is run that has to end with code.
func (d *desk2) must(code int, args ...string) string {
	d.t.Helper()
	out, errs, got := d.run(args...)
	if got != code {
		d.t.Fatalf("saksi %s: exit %d, want %d\n%s%s", strings.Join(args, " "), got, code, out, errs)
	}
	return out
}

// lines runs a listing with --json and decodes its lines.
func lines[T any](d *desk2, args ...string) []T {
	d.t.Helper()
	var out []T
	for _, l := range strings.Split(strings.TrimSpace(d.must(exitDone, append(args, "--json", "--case", d.dir)...)), "\n") {
		if l == "" {
			continue
		}
		var v T
		if err := json.Unmarshal([]byte(l), &v); err != nil {
			d.t.Fatalf("%q: %v", l, err)
		}
		out = append(out, v)
	}
	return out
}

func sampleCase(t *testing.T, leaveOut ...string) (*desk2, *gen.Case) {
	t.Helper()
	dir := t.TempDir()
	c, err := gen.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk2{t, filepath.Join(dir, "case")}
	args := []string{"ingest", "--case", d.dir}
	for _, b := range c.Bundles {
		if !slices.Contains(leaveOut, filepath.Base(b)) {
			args = append(args, b)
		}
	}
	d.must(exitDone, args...)
	return d, c
}

// within says whether an RFC 3339 time lies at most slack after want.
func within(t *testing.T, got *string, want string, slack time.Duration) bool {
	t.Helper()
	if got == nil {
		return false
	}
	g, err := time.Parse(time.RFC3339Nano, *got)
	if err != nil {
		t.Fatal(err)
	}
	w, err := time.Parse(time.RFC3339, want)
	if err != nil {
		t.Fatal(err)
	}
	d := g.Sub(w)
	return d > -slack && d < slack
}

// TestScenarioAnswersEqualTruth drives the sample case from bundle to answers.
func TestScenarioAnswersEqualTruth(t *testing.T) {
	d, c := sampleCase(t)
	truth := c.Truth
	ins := lines[infectionJSON](d, "infections")
	if len(ins) != len(truth.Infections) {
		t.Fatalf("%d infections, truth has %d", len(ins), len(truth.Infections))
	}
	want := truth.Infections[0]
	in := ins[0]
	if in.Host != want.Host || !strings.Contains(in.Implant, want.Path) || in.End != want.End {
		t.Errorf("infection %+v, truth %+v", in, want)
	}
	nb, na := in.Start["not_before"], in.Start["not_after"]
	if !within(t, nb.Time, want.NotBefore, time.Second) || nb.Event == nil {
		t.Errorf("not before %v, truth %s", nb, want.NotBefore)
	}
	if !within(t, na.Time, want.NotAfter, 10*time.Second) || na.Event == nil {
		t.Errorf("not after %v, truth %s", na, want.NotAfter)
	}
	magic := false
	for _, f := range lines[findingJSON](d, "findings") {
		if slices.Contains(truth.Clean, f.Host) {
			t.Errorf("finding %q on the clean host %s", f.Title, f.Host)
		}
		magic = magic || f.PID == want.PID && strings.Contains(strings.ToLower(f.Detail+f.Title), strings.ToLower(want.Magic))
	}
	if !magic {
		t.Errorf("no finding names pid %d and the constant %s", want.PID, want.Magic)
	}
	d.wantSightings(truth, in.ID)
	d.wantHole(truth.Hole)
}

func (d *desk2) wantSightings(truth gen.Truth, infection string) {
	d.t.Helper()
	got := lines[sightingJSON](d, "sightings")
	for _, w := range truth.Sightings {
		found := false
		for _, s := range got {
			if s.Person != nil || s.Kind != "account" || !strings.Contains(s.Alternative, "an intruder using this account") {
				d.t.Errorf("sighting %+v names a person or leaves the alternative out", s)
			}
			at, err := time.Parse(time.RFC3339, w.When)
			if err != nil {
				d.t.Fatal(err)
			}
			if s.Host == w.Host && s.Account == w.Account && s.Grade == w.Grade && s.Infection == infection && s.Earliest != nil {
				from, _ := time.Parse(time.RFC3339Nano, *s.Earliest)
				found = found || w.Grade == "K0" && !from.After(at.Add(time.Minute)) || within(d.t, s.Earliest, w.When, 4*time.Minute)
			}
		}
		if !found {
			d.t.Errorf("no sighting for %+v", w)
		}
	}
	for _, s := range got {
		if slices.Contains(truth.Clean, s.Host) {
			d.t.Errorf("sighting on a host without infection: %+v", s)
		}
	}
}

func (d *desk2) wantHole(h gen.TruthHole) {
	d.t.Helper()
	for _, c := range lines[coverageJSON](d, "coverage") {
		if c.Host == h.Host && c.Source == h.Source && c.State == "absent" && within(d.t, c.From, h.From, 2*time.Hour) && within(d.t, c.To, h.To, 2*time.Hour) {
			return
		}
	}
	d.t.Errorf("coverage does not show that %s of %s is silent from %s to %s", h.Source, h.Host, h.From, h.To)
}

// TestWithoutTheInfectedHostNothingIsClaimed: touch and noise are no infection.
func TestWithoutTheInfectedHostNothingIsClaimed(t *testing.T) {
	if testing.Short() {
		t.Skip("runs whole programs, which the race detector slows tenfold; make test has it")
	}
	d, _ := sampleCase(t, "web01.tar.zst")
	for _, cmd := range []string{"findings", "infections", "sightings"} {
		if got := lines[map[string]any](d, cmd); len(got) != 0 {
			t.Errorf("%s: %v", cmd, got)
		}
	}
	if got := lines[map[string]any](d, "events"); len(got) < 1000 {
		t.Errorf("only %d events: the test proves nothing", len(got))
	}
}

// TestEventsPointAtTheirBytes cuts 100 random events out of the extracted
// exhibits and compares them with what raw reads from the bundle.
func TestEventsPointAtTheirBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("runs whole programs, which the race detector slows tenfold; make test has it")
	}
	d, c := sampleCase(t)
	evs := lines[eventJSON](d, "events")
	r := rand.New(rand.NewPCG(1, 2))
	exhibits := map[string][]byte{}
	for range 100 {
		e := evs[r.IntN(len(evs))]
		key := e.Origin.Bundle + "/" + e.Origin.Exhibit
		if exhibits[key] == nil {
			exhibits[key] = extracted(t, c.Bundles, e.Origin.Bundle, e.Origin.Exhibit)
		}
		whole := exhibits[key]
		if e.Origin.Offset < 0 || e.Origin.Offset+e.Origin.Length > int64(len(whole)) {
			t.Fatalf("event %s points outside its exhibit: %+v", e.ID, e.Origin)
		}
		cut := whole[e.Origin.Offset : e.Origin.Offset+e.Origin.Length]
		if raw := d.must(exitDone, "raw", "--case", d.dir, "--bytes", e.ID); raw != string(cut) && len(e.Origin.Spans) == 0 {
			t.Errorf("event %s: raw gives %q, the exhibit holds %q", e.ID, raw, cut)
		}
		if !isRecordOf(&e, cut) {
			t.Errorf("event %s (%s %s): %q is not its record", e.ID, e.Parser, e.Message, cut)
		}
	}
}

// isRecordOf checks that bytes are the one record an event claims, by what the
// record itself must hold.
func isRecordOf(e *eventJSON, cut []byte) bool {
	s := string(cut)
	switch e.Source {
	case "syslog":
		_, text, ok := strings.Cut(s, ": ")
		return ok && strings.Count(s, "\n") <= 1 && strings.Contains(e.Message, strings.TrimSpace(text))
	case "audit":
		return strings.HasPrefix(s, "type=") && strings.Contains(s, "msg=audit(")
	case "wtmp":
		return len(cut) == 384
	case "history":
		return strings.Contains(s, e.Object)
	}
	return json.Valid(bytes.TrimSpace(cut)) && bytes.HasPrefix(cut, []byte("{"))
}

func extracted(t *testing.T, bundles []string, run, name string) []byte {
	t.Helper()
	for _, p := range bundles {
		b, err := bundle.Open(p, bundle.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		id := b.Acquisition().RunID
		b.Close()
		if id != run {
			continue
		}
		to := t.TempDir()
		d := &desk2{t: t}
		d.must(exitDone, "extract", p, name, "--to", to)
		var found []byte
		err = filepath.WalkDir(to, func(path string, e os.DirEntry, err error) error {
			if err == nil && e.Type().IsRegular() && strings.HasSuffix(filepath.ToSlash(path), filepath.Base(name)) {
				found, err = os.ReadFile(path)
			}
			return err
		})
		if err != nil || found == nil {
			t.Fatalf("extract %s from %s: nothing came out (%v)", name, p, err)
		}
		return found
	}
	t.Fatalf("no bundle of run %s", run)
	return nil
}
