package rule

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// ScannerReport finds files that ClamAV reported on the host itself, whether or
// not anything of them is left: a scanner that removes what it finds leaves
// nothing but its log.
type ScannerReport struct{}

// Describe tells what the detector is.
func (ScannerReport) Describe() detect.Description {
	return detect.Description{
		Name: "scanner-report", Version: 1,
		Doc:       "a virus scanner's log reports a file of the host as malware",
		Technique: "T1204.002",
		References: []string{
			"https://docs.clamav.net/manual/Usage/Scanning.html",
			"https://docs.clamav.net/manual/Signatures/SignatureNames.html",
		},
		Alternative: "a false alarm, a test file, or a file that was kept or sent and never run; the log says what the scanner took it for",
		Sources:     []string{"clamav", "syslog", "journal"},
	}
}

// Detect gathers reports by host and file.
func (d ScannerReport) Detect(ctx context.Context, ev detect.Events, _ detect.Coverage, emit func(claim.Finding) error) error {
	reports := newByFile()
	for e, err := range ev.Events(ctx, term("action", "found")) {
		if err != nil {
			return fmt.Errorf("read reports of scanners: %w", err)
		}
		file := field(e, "path")
		if e.Action != "found" || e.Parser != "clamav" || !strings.HasPrefix(file, "/") {
			continue
		}
		reports.add(e, file, d.begin)
	}
	if len(reports.order) == 0 {
		return nil
	}
	if err := ran(ctx, ev, func(k hostFile) {
		if f := reports.found[k]; f != nil && f.Implant != "" {
			f.Implant = implantKey(k.file, "") // the same implant as other detectors tell of
		}
	}); err != nil {
		return err
	}
	return reports.emit(emit)
}

// ran tells of the executables of processes, and of files that audit saw executed.
func ran(ctx context.Context, ev detect.Events, tell func(hostFile)) error {
	for e, err := range ev.Events(ctx, either(source("process"), both(source("audit"), term("action", "exec")))) {
		if err != nil {
			return fmt.Errorf("read processes: %w", err)
		}
		if exe := exePath(field(e, "exe")); exe != "" && !isMemfd(exe) && (e.Source == "process" || e.Source == "audit") {
			tell(hostFile{e.Host, path.Clean(exe)})
		}
	}
	return nil
}

func (ScannerReport) begin(e *event.Event, file string) *claim.Finding {
	name := field(e, "signature")
	f := &claim.Finding{Host: e.Host, Path: file, Time: e.Time, Level: claim.Low, Confidence: "low",
		Title: fmt.Sprintf("ClamAV reported %s as %s", short(file), orNone(name)), Detail: clip(e.Message)}
	if runsHere(name) {
		f.Level, f.Confidence, f.Implant = claim.Medium, "medium", "file:"+file
	}
	return f
}

// runsHere says whether a signature is, by the platform that its name begins
// with, one of something a Linux server can run. Others speak of files that
// are stored there for somebody else; test files, unwanted programs and
// heuristics claim no implant.
func runsHere(signature string) bool {
	platform, rest, _ := strings.Cut(signature, ".")
	switch strings.ToLower(platform) {
	case "unix", "linux", "elf", "php", "jsp", "java", "py", "python", "perl", "multios", "yara":
		return !strings.HasPrefix(strings.ToLower(rest), "test.") && !strings.Contains(strings.ToLower(rest), "eicar")
	}
	return false
}
