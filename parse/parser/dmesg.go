package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// newDmesg reads the kernel's ring buffer as a file: /var/log/dmesg, or the
// output of dmesg, with times since boot or (dmesg -T) local times.
func newDmesg() *lineLog {
	return &lineLog{
		about: parse.Description{
			Name: "dmesg", Version: 1,
			Doc:        "ring buffer of the kernel as a file; a time since boot is bounded by the file's last write, unless the file was written after the last boot: then it is counted from that; messages under the decoder kernel",
			References: []string{"dmesg(1)"},
			Sources:    []string{"kernel"},
			Fields:     []string{"since_boot", "encoding", "text"},
			Actions:    []string{"report"},
			Sample:     "[    0.000000] Linux version 6.1.0-18-amd64",
		},
		read:    dmesgLine,
		follow:  indented,
		ordered: kernelSpeaks,
	}
}

// kernelSpeaks says whether the lines of a head are the kernel's: those of the
// X server begin likewise with seconds since boot, and mark each line.
func kernelSpeaks(head []byte) bool {
	for line := range headLines(head, 32) {
		if e := strings.Index(line, "] "); e > 0 && begins(strings.TrimLeft(line[e+2:], " "), "(II) ", "(==) ", "(--) ", "(**) ", "(WW) ", "(EE) ", "X.Org X Server") {
			return false
		}
	}
	return true
}

func dmesgLine(r *lineRecord) bool {
	s := r.text
	if strings.HasPrefix(s, "<") { // dmesg -r
		if e := strings.IndexByte(s, '>'); e > 0 && number(s[1:e]) {
			s = s[e+1:]
		}
	}
	end := strings.IndexByte(s, ']')
	if !strings.HasPrefix(s, "[") || end < 0 || end > 40 {
		return false
	}
	message := strings.TrimLeft(s[end+1:], " ")
	switch {
	case sinceBoot(s[1:end]):
		r.b.Field("since_boot", strings.TrimLeft(s[1:end], " "))
		r.e.Time = r.sinceBootTime(strings.TrimLeft(s[1:end], " "))
	default:
		t, n := r.ctimeAt(s[1:end])
		if n != end-1 {
			return false
		}
		t.Reasons = t.Reasons.With(event.BootDerived)
		r.e.Time = t
	}
	r.e.Meaning, r.e.Action = "logged", "report"
	if r.m != nil {
		r.m.Decode(r.e, r.b, "kernel", message)
	}
	return true
}

// sinceBootTime counts from the boot when the log must be of the boot that was
// running at the acquisition: it was written after that had begun.
func (r *lineRecord) sinceBootTime(s string) event.Time {
	ns, _, ok := fractional(s)
	boot := r.f.Boot
	live := r.x.Sealed && r.x.Name == "data/kernel/dmesg" // read from the kernel by the collector
	if ok && boot != 0 && (live || r.x.Mtime >= boot+ns && strings.HasSuffix(r.x.Path, "/dmesg")) {
		return event.At(boot+ns, event.Microsecond, event.BootDerived, event.ClockUnverified)
	}
	t := event.Undated(event.StampNone)
	if r.x.Mtime != 0 {
		t.Latest = r.x.Mtime
		t.Reasons = t.Reasons.With(event.BoundMtime)
	}
	return t
}
